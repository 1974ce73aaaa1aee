"""The one table of what of JupyterHub's own tests is not run, and why.

`collecting.py` holds it to the truth: a case that is neither run nor listed is an error,
and so is one that is listed but doesn't exist.
"""

from __future__ import annotations

from collections.abc import Mapping

LOCAL_PROCESSES = "of LocalProcessSpawner's own"
STARTS_NO_SERVER = "starts no server"

NO_SERVER_IN_API = (
    "test_auth_api",
    "test_post_content_type",
    "test_invalid_utf8_json_returns_400",
    "test_xsrf_check",
    "test_permission_error_messages",
    "test_get_users",
    "test_get_users_pagination",
    "test_get_users_state_filter",
    "test_get_users_name_filter",
    "test_get_users_sort",
    "test_get_users_sort_invalid",
    "test_get_self",
    "test_get_self_service",
    "test_add_user",
    "test_get_user",
    "test_add_multi_user_bad",
    "test_add_multi_user_invalid",
    "test_add_multi_user",
    "test_add_multi_user_admin",
    "test_add_user_bad",
    "test_add_user_duplicate",
    "test_add_admin",
    "test_delete_user",
    "test_user_make_admin",
    "test_user_rename",
    "test_user_rename_invalid",
    "test_set_auth_state",
    "test_user_set_auth_state",
    "test_admin_get_auth_state",
    "test_user_get_auth_state",
    "test_stop_nosuch_user",
    "test_get_proxy",
    "test_get_proxy_pagination",
    "test_check_token",
    "test_get_new_token_deprecated",
    "test_get_new_token",
    "test_token_expires_in_max",
    "test_token_for_user",
    "test_token_authenticator_noauth",
    "test_token_authenticator_dict_noauth",
    "test_token_list",
    "test_groups_list",
    "test_add_multi_group",
    "test_group_get",
    "test_group_create_delete",
    "test_group_add_delete_users",
    "test_group_properties_invalid",
    "test_group_properties",
    "test_auth_managed_groups",
    "test_get_services",
    "test_get_service",
    "test_create_service",
    "test_create_service_no_role",
    "test_create_service_conflict",
    "test_create_service_duplication",
    "test_create_managed_service",
    "test_create_admin_service",
    "test_create_admin_service_without_admin_right",
    "test_create_service_with_scope",
    "test_create_service_without_requested_scope",
    "test_delete_service",
    "test_delete_service_from_config",
    "test_root_api",
    "test_info",
    "test_update_activity_403",
    "test_update_activity_admin",
    "test_options",
    "test_bad_json_body",
    "test_shutdown",
)

NO_SERVER_IN_APP = (
    "test_help_all",
    "test_show_config",
    "test_token_app",
    "test_raise_error_on_missing_specified_config",
    "test_generate_config",
    "test_init_tokens",
    "test_write_cookie_secret",
    "test_cookie_secret_permissions",
    "test_cookie_secret_content",
    "test_cookie_secret_env",
    "test_cookie_secret_string",
    "test_load_groups",
    "test_url_config",
    "test_hub_routespec",
    "test_launch_instance",
    "test_user_creation",
    "test_extra_user_scopes",
    "test_recreate_service_from_database",
)

NO_SERVER_IN_PAGES = (
    "test_root_no_auth",
    "test_root_redirect",
    "test_root_default_url_noauth",
    "test_root_default_url_auth",
    "test_home_no_auth",
    "test_home_auth",
    "test_admin_no_auth",
    "test_admin_not_admin",
    "test_admin",
    "test_admin_version",
    "test_admin_sort",
    "test_user_redirect_hook",
    "test_other_user_url",
    "test_page_with_token",
    "test_login_fail",
    "test_login_fail_xsrf_expired",
    "test_login_strip",
    "test_next_url",
    "test_next_url_params_sequence",
    "test_auto_login",
    "test_auto_login_logout",
    "test_logout",
    "test_login_no_allowed_adds_user",
    "test_static_files",
    "test_token_auth",
    "test_oauth_token_page",
    "test_proxy_error",
    "test_announcements",
    "test_bad_oauth_get",
    "test_admin_page_access",
    "test_oauth_page_scope_appearance",
    "test_health_check_request",
    "test_services_nav_links",
    "test_session_id",
    "test_malformed_form",
)

MODULES: Mapping[str, str] = {
    "test_auth": STARTS_NO_SERVER,
    "test_crypto": STARTS_NO_SERVER,
    "test_db": STARTS_NO_SERVER,
    "test_dummyauth": STARTS_NO_SERVER,
    "test_eventlog": STARTS_NO_SERVER,
    "test_memoize": STARTS_NO_SERVER,
    "test_metrics": STARTS_NO_SERVER,
    "test_migrations": STARTS_NO_SERVER,
    "test_objects": STARTS_NO_SERVER,
    "test_roles": "of roles; one case starts a server, to look at its token",
    "test_scopes": STARTS_NO_SERVER,
    "test_services": STARTS_NO_SERVER,
    "test_services_auth": STARTS_NO_SERVER,
    "test_shared_password": STARTS_NO_SERVER,
    "test_shares": "of shares; two cases start a server, to look at its URL",
    "test_slugs": STARTS_NO_SERVER,
    "test_traitlets": STARTS_NO_SERVER,
    "test_unix_socket": STARTS_NO_SERVER,
    "test_user": STARTS_NO_SERVER,
    "test_utils": STARTS_NO_SERVER,
    "test_version": STARTS_NO_SERVER,
}
"""All modules that the others are not collected from."""

CASES: Mapping[str, Mapping[str, str]] = {
    "test_spawner": {
        "test_popen_kwargs": f"{LOCAL_PROCESSES}: the option popen_kwargs",
        "test_shell_cmd": f"{LOCAL_PROCESSES}: the option shell_cmd",
        "test_stop_spawner_sigint_fails": (
            f"{LOCAL_PROCESSES}: SIGINT, then SIGTERM; a sandbox ends as a whole"
        ),
        "test_stop_spawner_stop_now": (
            f"{LOCAL_PROCESSES}: the exit status is the signal that stop() has sent"
        ),
        "test_spawner": "asserts the address 127.0.0.1; as test_spawner_poll with another address",
        "test_single_user_spawner": "asserts the address 127.0.0.1; as test_singleuser has it",
    },
    "test_api": {
        "test_progress": "asserts Spawner's own events; of ours: spawner/test_progress.py",
        **dict.fromkeys(NO_SERVER_IN_API, STARTS_NO_SERVER),
    },
    "test_app": dict.fromkeys(NO_SERVER_IN_APP, STARTS_NO_SERVER),
    "test_pages": dict.fromkeys(NO_SERVER_IN_PAGES, STARTS_NO_SERVER),
    "test_proxy": {
        "test_extra_routes[host.name/path/]": f"{STARTS_NO_SERVER}, and skips itself",
        "test_extra_routes[other.host/path/no/slash]": f"{STARTS_NO_SERVER}, and skips itself",
    },
    "test_singleuser": {
        "test_help_output": STARTS_NO_SERVER,
        "test_nbclassic_control_panel": "of a page of the package nbclassic, which isn't installed",
        "test_singleuser_app_class": STARTS_NO_SERVER,
        "test_version": STARTS_NO_SERVER,
    },
}
"""By module; with its parameters where a case is run with others."""

SINCE_HUB_6 = frozenset(
    {"test_extra_user_scopes", "test_migrations", "test_slugs", "test_unix_socket"}
)
"""What is listed above and isn't in JupyterHub 5."""
