"""Every address of the studio."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from studio.views import accounts, activity, compose, gallery, jobs

studio_urls = [
    path("", compose.compose, name="compose"),
    path("compose/options/", compose.options, name="compose_options"),
    path("uploads/images/", compose.upload_image, name="upload_image"),
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
    path("gallery/", gallery.gallery, name="gallery"),
    path("clips/<uuid:pk>/", gallery.clip, name="clip"),
    path("media/<uuid:pk>/", gallery.media, name="media"),
    path("p/<str:token>/", gallery.public_image, name="public_image"),
    path("setup/<str:token>/", accounts.setup, name="setup"),
    path("login/", LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("theme/", accounts.theme, name="theme"),
]

urlpatterns = [
    path("", include((studio_urls, "studio"))),
    path("admin/", admin.site.urls),
]
