"""Every address of the studio."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from studio.views import accounts, activity, clips, compose, gallery, jobs, language, media

compose_urls = [
    path("", compose.compose, name="compose"),
    path("compose/options/", compose.options, name="compose_options"),
    path("uploads/images/", compose.upload_image, name="upload_image"),
]
queue_urls = [
    path("activity/", activity.activity, name="activity"),
    path("queue/", jobs.queue, name="queue"),
    path("queue/rows/", jobs.queue_rows, name="queue_rows"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/live/", jobs.job_live, name="job_live"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job_cancel"),
    path("jobs/<int:pk>/attach/", jobs.attach, name="job_attach"),
    path("jobs/<int:pk>/send-again/", jobs.send_again, name="job_send_again"),
    path("jobs/<int:pk>/close/", jobs.close, name="job_close"),
    path("jobs/<int:pk>/stop-following/", jobs.stop_following, name="job_stop_following"),
    path("jobs/<int:pk>/follow-again/", jobs.follow_again, name="job_follow_again"),
    path("jobs/<int:pk>/go-on/", jobs.go_on, name="job_go_on"),
    path("jobs/<int:pk>/give-up/", jobs.give_up, name="job_give_up"),
    path("providers/<int:pk>/resume/", jobs.provider_resume, name="provider_resume"),
]
gallery_urls = [
    path("gallery/", gallery.gallery, name="gallery"),
]
clip_urls = [
    path("clips/<uuid:pk>/", clips.clip, name="clip"),
]
media_urls = [
    path("media/<uuid:pk>/", media.media, name="media"),
    path("p/<str:token>/", media.public_image, name="public_image"),
]
account_urls = [
    path("setup/<str:token>/", accounts.setup, name="setup"),
    path("login/", LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("theme/", accounts.theme, name="theme"),
    path("words/", language.words, name="words"),
]
studio_urls = [
    *compose_urls,
    *queue_urls,
    *gallery_urls,
    *clip_urls,
    *media_urls,
    *account_urls,
]

urlpatterns = [
    path("", include((studio_urls, "studio"))),
    path("admin/", admin.site.urls),
]
