"""Every page there is, by the name of its address; what stands in braces comes from
tests.sample.addresses. A page that is missing here fails a test."""

PAGES: dict[str, dict[str, str]] = {
    "compose": {"compose": "/"},
    "recent_prompts": {"recent-prompts": "/compose/recent/"},
    "presets": {"presets": "/compose/presets/"},
    "pictures": {"pictures": "/compose/pictures/?role=first_frame"},
    "clip_frames": {"clip-frames": "/compose/clips/{clip}/?role=first_frame"},
    "batch": {"csv": "/compose/batch/"},
    "queue": {"queue": "/queue/"},
    "history": {"history": "/history/"},
    "job": {
        "job": "/jobs/{job}/",
        "job-failed": "/jobs/{failed}/",
        "job-unconfirmed": "/jobs/{unconfirmed}/",
    },
    "job_edit": {"job-edit": "/jobs/{unsent}/edit/"},
    "job_later": {"job-later": "/jobs/{unsent}/later/"},
    "gallery": {
        "gallery": "/gallery/",
        "gallery-filtered": "/gallery/?favourites=1&q=balloons",
        "gallery-nothing": "/gallery/?q=no+such+words",
        "trash": "/gallery/?state=trash",
        "gallery-list": "/gallery/?view=list",
    },
    "clip": {"clip": "/clips/{clip}/"},
    "clip_share": {"clip-share": "/clips/{clip}/share/"},
    "collection_share": {"collection-share": "/collections/{collection}/share/"},
    "shared": {"shared": "/s/{share}/", "shared-closed": "/s/guessed/"},
    "compare": {"compare": "/compare/?{pair}", "compare-choose": "/compare/"},
    "boards": {"boards": "/boards/"},
    "board_add": {"board-add": "/boards/add/?clip={clip}"},
    "board": {"board": "/boards/{board}/"},
    "board_delete": {"board-delete": "/boards/{board}/delete/"},
    "board_pick": {"board-pick": "/boards/{board}/pick/"},
    "board_make": {"board-make": "/boards/{board}/make/"},
    "film_export": {"board-export": "/boards/{board}/export/"},
    "members": {"members": "/members/"},
    "budgets": {"budgets": "/budgets/"},
    "providers": {"providers": "/providers/"},
    "provider_choose": {"provider-choose": "/providers/add/"},
    "provider_add": {"provider-add": "/providers/add/imgix/"},
    "provider": {"provider": "/providers/1/"},
    "usage": {"usage": "/usage/"},
    "join": {"join-closed": "/join/guessed/"},
    "login": {"login": "/login/"},
    "welcome": {"welcome": "/welcome/"},
    "setup": {"setup-closed": "/setup/guessed/"},
}
OTHER_PAGES = {"not-found": "/nothing/"}
NO_PAGES = {
    "picture",
    "batch_template",
    "live",
    "activity",
    "queue_rows",
    "history_rows",
    "job_live",
    "gallery_newer",
    "clip_versions",
    "board_live",
    "media",
    "media_small",
    "shared_file",
    "public_image",
    "words",
    "healthz",
    "readyz",
    "metrics",
    "oidc_callback",
    "oidc_start",
    "manifest",
    "usage_csv",
}
"""Parts of pages, files, and what scripts and browsers ask for."""


def every_page() -> dict[str, str]:
    """Path by name, with what stands in braces still open."""
    return {name: path for pages in PAGES.values() for name, path in pages.items()} | OTHER_PAGES
