"""Which role each address of the studio needs, to look and to change.

One table for all of it: the middleware asks it before any view runs, and an address without a row
is closed to everyone. Whose clip it is, the services ask beyond that.
"""

from studio.models import Role

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = frozenset(
    {
        "healthz",
        "join",
        "language",
        "login",
        "manifest",
        "metrics",
        "oidc_callback",
        "oidc_start",
        "public_image",
        "readyz",
        "setup",
        "shared",
        "shared_file",
        "theme",
        "words",
    }
)
"""No login; what else they need (a token), they see to themselves."""

_LOOK = (
    "activity",
    "board",
    "board_live",
    "clip",
    "clip_versions",
    "gallery",
    "gallery_newer",
    "history",
    "history_rows",
    "job",
    "job_live",
    "live",
    "logout",
    "media",
    "media_small",
    "queue",
    "queue_rows",
    "usage",
    "usage_csv",
)
_LOOK_OR_MAKE = ("boards", "clip_frame", "clips_do", "compare", "compare_pick", "compose")
"""Everybody looks, creators press."""
_MAKE = (
    "batch",
    "batch_template",
    "batch_total",
    "board_add",
    "board_delete",
    "board_duplicate",
    "board_make",
    "board_new_shot",
    "board_pick",
    "board_put_back",
    "board_rename",
    "clip_frames",
    "clip_share",
    "collection_change",
    "collection_share",
    "compose_models",
    "compose_options",
    "draft_clear",
    "draft_earlier",
    "draft_save",
    "draft_to_board",
    "film_cancel",
    "film_export",
    "job_attach",
    "job_cancel",
    "job_close",
    "job_edit",
    "job_follow_again",
    "job_give_up",
    "job_go_on",
    "job_later",
    "job_place",
    "job_send_again",
    "job_stop_following",
    "picture",
    "pictures",
    "preset_change",
    "preset_save",
    "presets",
    "queue_do",
    "recent_prompts",
    "share_revoke",
    "shot_content",
    "shot_extend",
    "shot_join",
    "shot_move",
    "shot_name",
    "shot_remove",
    "shot_take",
    "shot_trim",
    "shot_unchain",
    "take_frame",
    "upload_clip",
    "upload_image",
)
_MANAGE = (
    "budget_remove",
    "budgets",
    "invite",
    "invitation_withdraw",
    "member_role",
    "member_switch",
    "members",
    "provider",
    "provider_add",
    "provider_choose",
    "provider_models",
    "provider_pause",
    "provider_refresh",
    "provider_remove",
    "provider_resume",
    "provider_switch",
    "provider_test",
    "providers",
    "welcome",
)

NEEDED: dict[str, tuple[Role, Role]] = {
    **dict.fromkeys(_LOOK, (Role.VIEWER, Role.VIEWER)),
    **dict.fromkeys(_LOOK_OR_MAKE, (Role.VIEWER, Role.CREATOR)),
    **dict.fromkeys(_MAKE, (Role.CREATOR, Role.CREATOR)),
    **dict.fromkeys(_MANAGE, (Role.MANAGER, Role.MANAGER)),
}
"""The role that an address needs to be looked at, and to be changed through."""


def needed(name: str, method: str) -> Role | None:
    """The role for this address; None where no login is needed. Raises KeyError for an address
    that has no row."""
    if name in PUBLIC:
        return None
    look, change = NEEDED[name]
    return look if method in SAFE_METHODS else change
