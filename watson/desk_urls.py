"""Today, search, the palette."""

from django.urls import path

from watson import copies, me, styleguide, views

app_name = "watson"

urlpatterns = [
    path("", views.home, name="today"),
    path("tasks/<uuid:pk>/done/", views.task_done, name="task-done"),
    path("tasks/<uuid:pk>/undone/", views.task_undone, name="task-undone"),
    path("mentions/<uuid:pk>/read/", views.mention_read, name="mention-read"),
    path("search/", views.search, name="search"),
    path("palette/", views.palette, name="palette"),
    path("me/<str:token>/", me.my_data, name="me"),
    path("copy/<str:token>/", copies.copy, name="copy"),
    path("copy/<str:token>/read/", copies.read, name="copy-read"),
    path("copy/<str:token>/read/<path:name>", copies.read, name="copy-file"),
    path("styleguide/", styleguide.page, name="styleguide"),
    path("styleguide/<slug:page>/", styleguide.page, name="styleguide-page"),
]
