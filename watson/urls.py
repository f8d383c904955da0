"""Every address of Watson. These stay: links in mails live for months."""

from django.contrib import admin
from django.urls import include, path

from watson import metrics, views

handler400 = "watson.views.bad_request"
handler403 = "watson.views.forbidden"
handler404 = "watson.views.not_found"
handler500 = "watson.views.server_error"

urlpatterns = [
    # First, for it holds what SparkPost posts to, more often than anybody asks for a page.
    path("", include("mailing.urls")),
    path("", include("watson.desk_urls")),
    path("", include("vacancies.urls")),
    path("", include("candidates.urls")),
    path("", include("introductions.urls")),
    path("", include("consent.urls")),
    path("", include("privacy.urls")),
    path("accounts/", include("accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("favicon.ico", views.favicon, name="favicon"),
]
