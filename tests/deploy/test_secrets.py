"""Every secret there is can be given to what deploy/ starts, or is left out for a reason."""

import re

from tests.deploy.files import DEPLOY, PROCESSES, SECRET, services, tasks

LEFT_OUT = {
    "HUB_API_KEY": "may do everything: programs have keys of their own, by `python -m intake keys`",
    "AWS_ACCESS_KEY_ID": "tasks of ECS have a role, and compose keeps files in a volume",
    "AWS_SECRET_ACCESS_KEY": "the same",
}


def test_what_is_left_out_is_a_secret():
    assert set(LEFT_OUT) < SECRET


def test_compose_has_a_place_for_every_other_secret():
    example = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    for name in PROCESSES:
        assert (example | set(services()[name]["environment"])) & SECRET == SECRET - set(LEFT_OUT)


def test_tasks_of_ecs_are_given_every_other_secret():
    for name in PROCESSES:
        (container,) = tasks()[name]["containerDefinitions"]
        assert {secret["name"] for secret in container["secrets"]} & SECRET == SECRET - set(LEFT_OUT)
