"""Every address of the studio."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from studio.views import (
    accounts,
    activity,
    app,
    batch,
    boards,
    budgets,
    choices,
    clips,
    compare,
    compose,
    drafts,
    films,
    gallery,
    health,
    house,
    jobs,
    language,
    library,
    media,
    members,
    oidc,
    pictures,
    providers,
    queue,
    sharing,
    shots,
    usage,
)

compose_urls = [
    path("", compose.compose, name="compose"),
    path("compose/options/", compose.options, name="compose_options"),
    path("compose/models/", compose.models, name="compose_models"),
    path("compose/draft/", drafts.save, name="draft_save"),
    path("compose/draft/earlier/", drafts.bring_back, name="draft_earlier"),
    path("compose/draft/clear/", drafts.clear, name="draft_clear"),
    path("compose/draft/shot/", drafts.to_board, name="draft_to_board"),
    path("compose/recent/", drafts.recent, name="recent_prompts"),
    path("compose/presets/", drafts.preset_list, name="presets"),
    path("compose/presets/save/", drafts.preset_save, name="preset_save"),
    path("compose/presets/<int:pk>/", drafts.preset_change, name="preset_change"),
    path("compose/pictures/", pictures.pictures, name="pictures"),
    path("compose/pictures/<uuid:pk>/", pictures.picture, name="picture"),
    path("compose/clips/<uuid:pk>/", pictures.clip_frames, name="clip_frames"),
    path("compose/clips/<uuid:pk>/frame/", pictures.take_frame, name="take_frame"),
    path("compose/batch/", batch.batch, name="batch"),
    path("compose/batch/total/", batch.total, name="batch_total"),
    path("compose/batch/template/", batch.template, name="batch_template"),
    path("uploads/clips/", pictures.upload_clip, name="upload_clip"),
    path("uploads/images/", pictures.upload_image, name="upload_image"),
]
queue_urls = [
    path("live/", activity.live, name="live"),
    path("activity/", activity.activity, name="activity"),
    path("queue/", queue.queue, name="queue"),
    path("queue/rows/", queue.queue_rows, name="queue_rows"),
    path("queue/do/", queue.do, name="queue_do"),
    path("history/", queue.history, name="history"),
    path("history/rows/", queue.history_rows, name="history_rows"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/live/", jobs.job_live, name="job_live"),
    path("jobs/<int:pk>/edit/", jobs.edit, name="job_edit"),
    path("jobs/<int:pk>/later/", jobs.later, name="job_later"),
    path("jobs/<int:pk>/place/", queue.place, name="job_place"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job_cancel"),
    path("jobs/<int:pk>/attach/", jobs.attach, name="job_attach"),
    path("jobs/<int:pk>/send-again/", jobs.send_again, name="job_send_again"),
    path("jobs/<int:pk>/close/", jobs.close, name="job_close"),
    path("jobs/<int:pk>/stop-following/", jobs.stop_following, name="job_stop_following"),
    path("jobs/<int:pk>/follow-again/", jobs.follow_again, name="job_follow_again"),
    path("jobs/<int:pk>/go-on/", jobs.go_on, name="job_go_on"),
    path("jobs/<int:pk>/give-up/", jobs.give_up, name="job_give_up"),
]
gallery_urls = [
    path("gallery/", gallery.gallery, name="gallery"),
    path("gallery/newer/", gallery.newer, name="gallery_newer"),
    path("gallery/do/", library.do, name="clips_do"),
    path("collections/<int:pk>/", library.collection_change, name="collection_change"),
]
clip_urls = [
    path("clips/<uuid:pk>/", clips.clip, name="clip"),
    path("clips/<uuid:pk>/versions/", clips.clip_versions, name="clip_versions"),
    path("clips/<uuid:pk>/frame/", clips.clip_frame, name="clip_frame"),
    path("compare/", compare.compare, name="compare"),
    path("compare/pick/", compare.pick, name="compare_pick"),
]
board_urls = [
    path("boards/", boards.board_list, name="boards"),
    path("boards/add/", boards.add, name="board_add"),
    path("boards/<int:pk>/", boards.board, name="board"),
    path("boards/<int:pk>/live/", boards.board_live, name="board_live"),
    path("boards/<int:pk>/rename/", boards.rename, name="board_rename"),
    path("boards/<int:pk>/duplicate/", boards.duplicate, name="board_duplicate"),
    path("boards/<int:pk>/delete/", boards.delete, name="board_delete"),
    path("boards/<int:pk>/pick/", boards.pick, name="board_pick"),
    path("boards/<int:pk>/put-back/", boards.put_back, name="board_put_back"),
    path("boards/<int:pk>/new-shot/", boards.add_missing, name="board_new_shot"),
    path("boards/<int:pk>/make/", shots.make, name="board_make"),
    path("boards/<int:pk>/export/", films.export, name="film_export"),
    path("boards/films/<int:pk>/cancel/", films.cancel, name="film_cancel"),
    path("boards/<int:board>/shots/<int:pk>/name/", shots.name, name="shot_name"),
    path("boards/<int:board>/shots/<int:pk>/trim/", shots.trim, name="shot_trim"),
    path("boards/<int:board>/shots/<int:pk>/join/", shots.join, name="shot_join"),
    path("boards/<int:board>/shots/<int:pk>/take/", shots.take, name="shot_take"),
    path("boards/<int:board>/shots/<int:pk>/move/", shots.move, name="shot_move"),
    path("boards/<int:board>/shots/<int:pk>/remove/", shots.remove, name="shot_remove"),
    path("boards/<int:board>/shots/<int:pk>/extend/", shots.extend, name="shot_extend"),
    path("boards/<int:board>/shots/<int:pk>/unchain/", shots.unchain, name="shot_unchain"),
    path("boards/<int:board>/shots/<int:pk>/content/", shots.content, name="shot_content"),
]
media_urls = [
    path("media/<uuid:pk>/", media.media, name="media"),
    path("media/<uuid:pk>/small/", media.small, name="media_small"),
    path("p/<str:token>/", media.public_image, name="public_image"),
]
share_urls = [
    path("clips/<uuid:pk>/share/", sharing.clip_share, name="clip_share"),
    path("collections/<int:pk>/share/", sharing.collection_share, name="collection_share"),
    path("links/<int:pk>/revoke/", sharing.revoke, name="share_revoke"),
    path("s/<str:token>/", sharing.shared, name="shared"),
    path("s/<str:token>/<uuid:pk>/", sharing.shared_file, name="shared_file"),
]
member_urls = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/invitations/<int:pk>/withdraw/", members.withdraw, name="invitation_withdraw"),
    path("members/<int:pk>/role/", members.change_role, name="member_role"),
    path("members/<int:pk>/switch/", members.switch, name="member_switch"),
    path("join/<str:token>/", members.join, name="join"),
]
health_urls = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.numbers, name="metrics"),
]
budget_urls = [
    path("budgets/", budgets.budget_list, name="budgets"),
    path("budgets/<int:pk>/remove/", budgets.remove, name="budget_remove"),
]
provider_urls = [
    path("providers/", providers.provider_list, name="providers"),
    path("providers/add/", providers.choose, name="provider_choose"),
    path("providers/add/<str:slug>/", providers.add, name="provider_add"),
    path("providers/<int:pk>/", providers.provider, name="provider"),
    path("providers/<int:pk>/test/", providers.test, name="provider_test"),
    path("providers/<int:pk>/refresh/", providers.refresh, name="provider_refresh"),
    path("providers/<int:pk>/models/", providers.models, name="provider_models"),
    path("providers/<int:pk>/pause/", providers.pause, name="provider_pause"),
    path("providers/<int:pk>/resume/", providers.resume, name="provider_resume"),
    path("providers/<int:pk>/switch/", providers.switch, name="provider_switch"),
    path("providers/<int:pk>/remove/", providers.remove, name="provider_remove"),
]
usage_urls = [
    path("usage/", usage.overview, name="usage"),
    path("usage/export.csv", usage.export, name="usage_csv"),
]
account_urls = [
    path("setup/<str:token>/", accounts.setup, name="setup"),
    path(
        "login/",
        accounts.SignIn.as_view(),
        name="login",
    ),
    path("welcome/", house.welcome, name="welcome"),
    path("oidc/start/", oidc.start, name="oidc_start"),
    path("oidc/callback/", oidc.callback, name="oidc_callback"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("theme/", choices.theme, name="theme"),
    path("language/", choices.language, name="language"),
    path("words/<str:language>/<str:version>.js", language.words, name="words"),
    path("manifest.webmanifest", app.manifest, name="manifest"),
]
studio_urls = [
    *compose_urls,
    *queue_urls,
    *gallery_urls,
    *clip_urls,
    *board_urls,
    *media_urls,
    *share_urls,
    *member_urls,
    *account_urls,
    *budget_urls,
    *provider_urls,
    *usage_urls,
    *health_urls,
]

handler500 = app.fault
urlpatterns = [
    path("", include((studio_urls, "studio"))),
    path("admin/", admin.site.urls),
]
