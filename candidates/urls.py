"""Addresses of this room. The board of a vacancy lives under the vacancy's own address."""

from django.urls import path

from candidates.views import (
    add,
    approach,
    board,
    corrections,
    imports,
    keeping,
    panel,
    people,
    replies,
    rounds,
    writing,
)

app_name = "candidates"

urlpatterns = [
    path("vacancies/<uuid:pk>/", board.board, name="board"),
    path("vacancies/<uuid:pk>/pulse/", board.pulse, name="pulse"),
    path("vacancies/<uuid:pk>/add/", add.add, name="add"),
    path("vacancies/<uuid:pk>/add/parts/", add.add_parts, name="add-parts"),
    path("vacancies/<uuid:pk>/approach/", approach.approach, name="approach"),
    path("vacancies/<uuid:pk>/rounds/", rounds.strip, name="rounds"),
    path("vacancies/<uuid:pk>/rounds/<uuid:made>/", rounds.progress, name="round"),
    path("vacancies/<uuid:pk>/rounds/<uuid:made>/compose/", approach.compose, name="compose"),
    path("vacancies/<uuid:pk>/rounds/<uuid:made>/stop/", rounds.stop, name="round-stop"),
    path("vacancies/<uuid:pk>/import/", imports.upload, name="import"),
    path("vacancies/<uuid:pk>/import/<uuid:batch>/", imports.preview, name="import-preview"),
    path("vacancies/<uuid:pk>/import/<uuid:batch>/run/", imports.run, name="import-run"),
    path("vacancies/<uuid:pk>/import/<uuid:batch>/result/", imports.result, name="import-result"),
    path("vacancies/<uuid:pk>/import/<uuid:batch>/refused.csv", imports.refused, name="import-refused"),
    path("candidacies/<uuid:pk>/panel/", panel.panel, name="panel"),
    path("candidacies/<uuid:pk>/move/", panel.move, name="move"),
    path("candidacies/<uuid:pk>/copy/", panel.copy, name="copy"),
    path("candidacies/<uuid:pk>/sent/", panel.sent, name="sent"),
    path("candidacies/<uuid:pk>/contact/", panel.contact, name="contact"),
    path("candidacies/<uuid:pk>/oral/", panel.oral, name="oral"),
    path("candidacies/<uuid:pk>/reveal/", panel.reveal, name="reveal"),
    path("candidacies/<uuid:pk>/write/", writing.write, name="write"),
    path("candidacies/<uuid:pk>/messages/<uuid:message>/call-back/", writing.call_back, name="call-back"),
    path("candidacies/<uuid:pk>/tasks/<uuid:task>/done/", panel.task_done, name="task-done"),
    path("mail/replies/<uuid:pk>/file/", replies.file_reply, name="reply-file"),
    path("privacy-desk/requests/<uuid:pk>/corrections/", corrections.page, name="corrections"),
    path("privacy-desk/requests/<uuid:pk>/corrections/new/", corrections.new, name="correction-new"),
    path("privacy-desk/corrections/<uuid:pk>/make/", corrections.make, name="correction-make"),
    path("privacy-desk/corrections/<uuid:pk>/decline/", corrections.decline, name="correction-decline"),
    path("mail/replies/<uuid:pk>/keep/", keeping.ask_writer, name="reply-keep"),
    path("candidates/", people.people, name="list"),
    path("candidates/<uuid:pk>/", people.person, name="person"),
    path("candidates/<uuid:pk>/keep/", keeping.ask, name="keep"),
    path("candidates/<uuid:pk>/into-vacancy/", keeping.into_vacancy, name="into-vacancy"),
    path("candidates/<uuid:pk>/edit/", people.edit, name="edit"),
    path("candidates/<uuid:pk>/contacts/new/", people.contact_new, name="contact-new"),
    path("candidates/<uuid:pk>/contacts/<uuid:point>/wrong/", people.contact_wrong, name="contact-wrong"),
]
