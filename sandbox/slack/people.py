"""auth.test, team.info, users.* and usergroups.* of the played Web API."""

from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import APP, BOT_ID, BOT_USER, TEAM, TEAM_DOMAIN, User, bot_profile


def auth_test(call: Call) -> Json:
    bot = call.workspace.users[BOT_USER]
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Sandbox",
        "user": bot.name,
        "team_id": TEAM,
        "user_id": bot.id,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def team_info(call: Call) -> Json:
    wanted = call.args.text("team")
    if wanted not in (None, TEAM):
        raise Refusal("team_not_found")
    return {"team": {"id": TEAM, "name": "Sandbox", "domain": TEAM_DOMAIN, "email_domain": "", "icon": {}}}


def bots_info(call: Call) -> Json:
    if call.args.text("bot") != BOT_ID:
        raise Refusal("bot_not_found")
    return {"bot": bot_profile() | {"user_id": BOT_USER, "app_id": APP}}


def users_info(call: Call) -> Json:
    return {"user": call.user().shown()}


def users_list(call: Call) -> Json:
    members = [user.shown() for user in call.workspace.users.values()]
    return call.page("members", members, default=1000) | {"cache_ts": 1_790_000_000}


def users_lookup_by_email(call: Call) -> Json:
    email = call.args.need("email").casefold()
    for user in call.workspace.users.values():
        if user.email and user.email.casefold() == email:
            return {"user": user.shown()}
    raise Refusal("users_not_found")


def usergroups_list(call: Call) -> Json:
    agents = _agents(call)
    group: Json = {
        "id": call.workspace.agents_group,
        "team_id": TEAM,
        "is_usergroup": True,
        "name": "Support agents",
        "description": "Who works on reports",
        "handle": "support-agents",
        "is_external": False,
        "date_create": 1_790_000_000,
        "date_update": 1_790_000_000,
        "date_delete": 0,
        "user_count": len(agents),
    }
    if call.args.flag("include_users"):
        group["users"] = [agent.id for agent in agents]
    return {"usergroups": [group]}


def usergroups_users_list(call: Call) -> Json:
    if call.args.need("usergroup") != call.workspace.agents_group:
        raise Refusal("no_such_subteam")
    return {"users": [agent.id for agent in _agents(call)]}


def _agents(call: Call) -> list[User]:
    return [user for user in call.workspace.users.values() if call.workspace.is_agent(user)]


METHODS: dict[str, Method] = {
    "api.test": lambda call: {"args": dict(call.args.given)},
    "auth.test": auth_test,
    "team.info": team_info,
    "bots.info": bots_info,
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": users_lookup_by_email,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroups_users_list,
}
