"""What is wrong with the settings is said at start, all of it, without showing a value."""

import pytest

from runtime.settings import SettingsError, load_settings

NEEDED = {"DATABASE_URL": "postgresql://db.test/hub", "REDIS_URL": "redis://redis.test"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)  # where there is no .env
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("key", ["x", "changeme", "  a b  ", "fifteen-letters"])
def test_a_key_that_can_be_guessed_is_refused_in_production(environment: pytest.MonkeyPatch, key: str):
    environment.setenv("HUB_API_KEY", key)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert f"HUB_API_KEY: it has {len(key.strip())} characters and needs 16" in str(error.value)
    environment.setenv("HUB_ENV", "development")
    assert load_settings().is_development


@pytest.mark.parametrize("key", ["", "   ", "sixteen-letters!"])
def test_no_key_and_a_long_one_are_both_fine(environment: pytest.MonkeyPatch, key: str):
    environment.setenv("HUB_API_KEY", key)
    assert load_settings().hub_env == "production"


def test_blanks_around_a_value_do_not_count(environment: pytest.MonkeyPatch):
    for name in ("WHATSAPP_PHONE_NUMBER_ID", "INTERCOM_ADMIN_ID", "WHATSAPP_WEBHOOK_SECRET"):
        environment.setenv(name, f" {'x' * 16}\t")
    loaded = load_settings()
    given = loaded.whatsapp_phone_number_id, loaded.intercom_admin_id
    assert given == ("x" * 16, "x" * 16)
    assert loaded.whatsapp_webhook_secret.get_secret_value() == "x" * 16


def test_the_default_model_is_offered_whatever_else_is(environment: pytest.MonkeyPatch):
    environment.setenv("OPENAI_MODEL", "local")
    assert load_settings().offered_models[0] == "local"
    environment.setenv("OPENAI_MODELS", "other,local")
    assert load_settings().offered_models == ("local", "other")


def test_every_wrong_setting_is_named_at_once_and_none_is_shown(environment: pytest.MonkeyPatch):
    wrong = {
        "HUB_API_KEY": "zqxj",
        "HUB_CRASH_AT": "job_claimed",
        "HUB_ENCRYPTION_KEY": "zqxj",
        "INTAKE_PORT": "zqxj",
        "INTAKE_URL": "http://zqxj",
        "WHATSAPP_WEBHOOK_SECRET": "zqxj",
        "SLACK_APP_TOKEN": "zqxj",
        "SLACK_TRIAGE_CHANNEL": "#zqxj",
        "NOTION_DATABASE_ID": "zqxj",
        "OPENAI_PRICES": '{"gpt-5.1": [-1, 2]}',
        "AWS_ACCESS_KEY_ID": "zqxj",
    }
    for name, value in {**wrong, "S3_BUCKET": "files", "LEASE_SECONDS": "9"}.items():
        environment.setenv(name, value)
    environment.delenv("REDIS_URL")
    with pytest.raises(SettingsError) as error:
        load_settings()
    said = {line.strip().partition(":")[0] for line in str(error.value).splitlines()[1:]}
    assert said == {"REDIS_URL", "AWS_SECRET_ACCESS_KEY", "REQUEST_SECONDS", *wrong} - {"AWS_ACCESS_KEY_ID"}
    assert "zqxj" not in str(error.value)


@pytest.mark.parametrize("name", ["SLACK_SIGNING_SECRET", "INTERCOM_WEBHOOK_SECRET", "WHATSAPP_WEBHOOK_SECRET"])
def test_a_secret_that_can_be_guessed_is_refused_in_production(environment: pytest.MonkeyPatch, name: str):
    environment.setenv(name, f"short, {'x' * 16}")
    with pytest.raises(SettingsError, match=f"{name}: it has 5 characters: copy it whole"):
        load_settings()
    environment.setenv(name, "short")
    with pytest.raises(SettingsError, match=f"{name}: it has 5 characters: copy it whole"):
        load_settings()
    environment.setenv("HUB_ENV", "development")
    assert load_settings().is_development


def test_each_of_several_secrets_is_hidden_from_the_log(environment: pytest.MonkeyPatch):
    environment.setenv("NOTION_WEBHOOK_SECRET", f"{'n' * 16}, {'o' * 16}")
    assert {"n" * 16, "o" * 16} <= load_settings().secrets


@pytest.mark.parametrize(
    "given",
    [
        "5b8e2f607d414c1a9a530d6c1f2e4b7a",
        "https://www.notion.so/5b8e2f607d414c1a9a530d6c1f2e4b7a",
        "https://www.notion.so/acme/Feed-back-5b8e2f607d414c1a9a530d6c1f2e4b7a?v=0123456789abcdef0123456789abcdef",
        "https://acme.notion.site/Feedback-5b8e2f607d414c1a9a530d6c1f2e4b7a?pvs=4#x",
    ],
)
def test_a_database_of_notion_may_be_given_as_the_browser_shows_it(environment: pytest.MonkeyPatch, given: str):
    environment.setenv("NOTION_DATABASE_ID", given)
    assert load_settings().notion_database_id == "5b8e2f607d414c1a9a530d6c1f2e4b7a"


@pytest.mark.parametrize("given", ["Feedback", "https://www.notion.so/acme/Feedback", "5b8e2f607d414c1a"])
def test_what_is_no_database_of_notion_is_refused(environment: pytest.MonkeyPatch, given: str):
    environment.setenv("NOTION_DATABASE_ID", given)
    with pytest.raises(SettingsError, match="NOTION_DATABASE_ID"):
        load_settings()


@pytest.mark.parametrize("url", ["", "https://hub.example.com", "https://hub.example.com:8443/behind/"])
def test_exports_come_from_an_address_of_https(environment: pytest.MonkeyPatch, url: str):
    environment.setenv("INTAKE_URL", url)
    assert load_settings().intake_url == url


@pytest.mark.parametrize("url", ["http://hub.example.com", "hub.example.com", "https://hub.example.com/#export"])
def test_an_address_exports_must_not_come_from_is_refused(environment: pytest.MonkeyPatch, url: str):
    environment.setenv("INTAKE_URL", url)
    with pytest.raises(SettingsError, match="INTAKE_URL"):
        load_settings()
    environment.setenv("INTAKE_URL", "http://127.0.0.1:3000")
    environment.setenv("HUB_ENV", "development")
    assert load_settings().intake_url


def test_an_app_token_begins_as_slacks_do(environment: pytest.MonkeyPatch):
    environment.setenv("SLACK_APP_TOKEN", "xapp-1-A1-2-secret")
    assert load_settings().slack_app_token
    environment.setenv("SLACK_APP_TOKEN", "xoxb-the-bots-own")
    with pytest.raises(SettingsError, match="an app-level token begins with xapp-") as refused:
        load_settings()
    assert "the-bots-own" not in str(refused.value)


@pytest.mark.parametrize("rate", ["0", "-1", "inf", "nan", "many"])
def test_a_rate_is_a_number_above_zero(environment: pytest.MonkeyPatch, rate: str):
    environment.setenv("SLACK_POSTS_PER_SECOND", "0.5")
    assert load_settings().slack_posts_per_second == 0.5
    environment.setenv("SLACK_POSTS_PER_SECOND", rate)
    with pytest.raises(SettingsError, match="SLACK_POSTS_PER_SECOND"):
        load_settings()


def test_a_sealing_key_that_is_none_is_named_by_its_place_and_not_shown(environment: pytest.MonkeyPatch):
    good = "0d" * 32
    environment.setenv("HUB_ENCRYPTION_KEY", f"{good}, {good[:-1]}")
    with pytest.raises(SettingsError, match="key 2 is not 64 hexadecimal digits") as refused:
        load_settings()
    assert good[:-1] not in str(refused.value)
    environment.setenv("HUB_ENCRYPTION_KEY", f"{good}, {good}")
    assert load_settings().encryption_keys == [bytes.fromhex(good)] * 2


@pytest.mark.parametrize("origins", ["https://desk.example.com", "https://a.test:8443, http://localhost:5173", ""])
def test_origins_are_taken_as_browsers_write_them(environment: pytest.MonkeyPatch, origins: str):
    environment.setenv("CORS_ORIGINS", origins)
    assert load_settings().cors_origins == tuple(origins.replace(" ", "").split(",") if origins else ())


@pytest.mark.parametrize(
    "origin",
    [
        "desk.example.com",
        "http://desk.example.com",
        "https://desk.example.com/",
        "https://desk.example.com/app",
        "https://Desk.example.com",
        "https://desk.example.com:443",
        "http://localhost:80",
        "http://localhost.evil.test",
        "https://user@desk.example.com",
        "https://",
        "null",
    ],
)
def test_an_origin_no_browser_would_write_is_named_by_its_place(environment: pytest.MonkeyPatch, origin: str):
    environment.setenv("CORS_ORIGINS", f"https://good.example.com, {origin}")
    with pytest.raises(SettingsError, match="CORS_ORIGINS: origin 2 is not written as browsers do") as refused:
        load_settings()
    assert f" {origin} " not in str(refused.value)


@pytest.mark.parametrize("origin", ["*", "https://*.example.com", "https://a.test, *"])
def test_everybody_is_no_origin(environment: pytest.MonkeyPatch, origin: str):
    environment.setenv("CORS_ORIGINS", origin)
    with pytest.raises(SettingsError, match=r"CORS_ORIGINS: a \* would let the pages of strangers use the API"):
        load_settings()


@pytest.mark.parametrize("bucket", ["s3://files", "files/attachments", "Files", "files_of_the_hub", "-files", "ab"])
def test_a_bucket_is_given_by_its_name_alone(environment: pytest.MonkeyPatch, bucket: str):
    environment.setenv("S3_BUCKET", "files.of-the-hub")
    assert load_settings().s3_bucket == "files.of-the-hub"
    environment.setenv("S3_BUCKET", bucket)
    with pytest.raises(SettingsError, match="S3_BUCKET: the name of a bucket alone"):
        load_settings()


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_key_of_aws_is_refused_where_there_is_a_bucket(environment: pytest.MonkeyPatch, name: str):
    for each in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.delenv(each, raising=False)
    environment.setenv(name, "half")
    assert load_settings().s3_bucket == ""
    environment.setenv("S3_BUCKET", "files")
    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together"):
        load_settings()
