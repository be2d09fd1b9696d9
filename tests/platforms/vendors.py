"""What platforms say they may answer, from their own pages and contracts, and what it has to mean here.

Slack: "Web API", each method's page. Intercom: "Error codes" and the OpenAPI of its REST API (2.16). WhatsApp: "WhatsApp
error codes" and the OpenAPI of the Business Messaging API. Notion: "Status codes", "Request limits". OpenAI: "Error
codes", "Troubleshooting API usage and spend limits". The class is that of a request that tells somebody something.
"""

from dataclasses import dataclass

from platforms.errors import PlatformError, RateLimited, Refused, Restricted, Unreachable, Unsure, WindowClosed


@dataclass(frozen=True, slots=True)
class Named:
    """An answer a vendor names; without a `code` it is any answer with that status which has none."""

    status: int
    code: str | None
    kind: type[PlatformError]

    def __str__(self) -> str:
        return f"{self.status}-{self.code or 'alone'}"


def _each(kind: type[PlatformError], status: int, codes: str) -> list[Named]:
    return [Named(status, code, kind) for code in codes.split()]


SLACK = [
    *_each(
        Refused,
        200,
        """
        invalid_auth not_authed account_inactive token_expired token_revoked missing_scope no_permission
        not_allowed_token_type team_access_not_granted team_not_found two_factor_setup_required access_denied
        accesslimited enterprise_is_restricted
        channel_not_found not_in_channel messages_tab_disabled msg_too_long no_text
        message_not_found cant_update_message edit_window_closed
        trigger_expired expired_trigger_id trigger_exchanged exchanged_trigger_id invalid_trigger_id
        push_limit_reached hash_conflict not_found view_not_found no_such_subteam
        """,
    ),
    *_each(
        Restricted,
        200,
        """
        restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel
        restricted_action_non_threadable_channel restricted_action_thread_locked ekm_access_denied
        is_archived is_inactive thread_not_found cannot_reply_to_message
        user_not_found user_not_visible user_disabled user_not_in_channel cannot_dm_bot
        """,
    ),
    *_each(
        Refused,
        200,
        """
        invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_json
        json_not_object invalid_post_type missing_post_type invalid_blocks invalid_blocks_format block_mismatch
        msg_blocks_too_long too_many_attachments markdown_text_conflict invalid_metadata_format
        invalid_metadata_schema invalid_thread_ts invalid_cursor invalid_limit users_list_not_supplied
        duplicate_message_not_found duplicate_channel_not_found duplicate_external_id view_too_large
        method_not_supported_for_channel_type unknown_method method_deprecated deprecated_endpoint
        """,
    ),
    *_each(RateLimited, 429, "ratelimited"),
    *_each(RateLimited, 200, "ratelimited rate_limited message_limit_exceeded"),
    *_each(Unreachable, 200, "service_unavailable request_timeout team_added_to_org org_login_required"),
    *_each(Unsure, 200, "internal_error fatal_error"),
    Named(500, None, Unsure),
    Named(403, None, Unreachable),
]

INTERCOM = [
    *_each(Refused, 401, "unauthorized token_not_found token_revoked token_expired token_blocked"),
    *_each(Refused, 401, "token_unauthorized missing_authorization"),
    *_each(Refused, 403, "forbidden action_forbidden api_plan_restricted"),
    *_each(Restricted, 404, "not_found"),
    *_each(Refused, 404, "admin_not_found"),
    *_each(Refused, 410, "contact_merged"),
    *_each(Restricted, 400, "parameter_mismatch not_restorable unsupported"),
    *_each(Refused, 400, "intercom_version_invalid"),
    *_each(Refused, 409, "conflict resource_conflict"),
    *_each(
        Refused,
        400,
        "bad_request client_error type_mismatch parameter_invalid parameter_missing missing_parameter data_invalid",
    ),
    *_each(Refused, 422, "parameter_not_found unprocessable_entity"),
    *_each(RateLimited, 429, "rate_limit_exceeded too_many_requests retry_after"),
    *_each(Unreachable, 500, "server_error"),
    *_each(Unreachable, 503, "service_unavailable"),
    *_each(Unsure, 408, "request_timeout"),
    Named(500, None, Unsure),
    Named(301, None, Refused),
]

WHATSAPP = [
    *_each(Refused, 401, "0 190 104"),
    *_each(Refused, 500, "3"),
    *_each(Refused, 403, "10 200 299 131005"),
    *_each(Refused, 403, "368 131031"),
    *_each(Refused, 400, "33 100"),
    *_each(Refused, 404, "803"),
    *_each(RateLimited, 429, "4 17 80007 130429"),
    *_each(RateLimited, 400, "131056"),
    *_each(Unreachable, 500, "1 2 131000"),
    *_each(Unreachable, 503, "131016"),
    *_each(Unreachable, 400, "131057"),
    *_each(WindowClosed, 400, "131047"),
    *_each(Restricted, 400, "131026 131049 131050 131062 130472"),
    *_each(Restricted, 403, "130497"),
    *_each(
        Refused,
        400,
        """
        131008 131009 131021 131030 131037 131042 131045 131048 131051 131052 131053 131064 133010 135000
        """,
    ),
    *_each(Restricted, 400, "132000 132005 132007 132008 132012 132015 132016 132018"),
    *_each(Restricted, 404, "132001"),
    Named(500, None, Unsure),
    Named(404, None, Refused),
]

NOTION = [
    *_each(Refused, 401, "unauthorized"),
    *_each(Refused, 403, "restricted_resource"),
    *_each(Refused, 404, "object_not_found"),
    *_each(Refused, 400, "validation_error missing_version invalid_request_url invalid_json invalid_request"),
    *_each(Unreachable, 409, "conflict_error"),
    *_each(RateLimited, 429, "rate_limited"),
    *_each(RateLimited, 529, "service_overload"),
    *_each(Unsure, 500, "internal_server_error"),
    *_each(Unsure, 502, "bad_gateway"),
    *_each(Unsure, 503, "service_unavailable database_connection_unavailable"),
    *_each(Unsure, 504, "gateway_timeout"),
    Named(502, None, Unsure),
]

OPENAI = [
    *_each(Refused, 401, "invalid_api_key"),
    Named(401, None, Refused),
    *_each(Refused, 403, "unsupported_country_region_territory"),
    Named(403, None, Refused),
    *_each(Refused, 404, "model_not_found"),
    *_each(Refused, 400, "context_length_exceeded invalid_prompt unsupported_value unsupported_parameter"),
    *_each(Refused, 429, "insufficient_quota billing_not_active credit_balance_exhausted"),
    *_each(Refused, 429, "organization_usage_limit_exceeded organization_spend_limit_exceeded"),
    *_each(Refused, 429, "project_spend_limit_exceeded"),
    *_each(RateLimited, 429, "rate_limit_exceeded slow_down"),
    *_each(Unreachable, 500, "server_error"),
    *_each(Unreachable, 503, "server_is_overloaded slow_down"),
    Named(408, None, Unreachable),
    Named(409, None, Unreachable),
    Named(500, None, Unreachable),
]
