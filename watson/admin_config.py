"""The admin application with Watson's own site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "privacy.admin_site.WatsonSite"
