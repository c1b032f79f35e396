import copy
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from clinic import audit
from clinic.models import AuditEvent
from intake import questionnaires
from intake.models import QuestionnaireVersion
from intake.questionnaires import HISTORY, SHIPPED, NotPublished, VersionTaken, checksum, publish, spec_of


def shipped():
    return json.loads(SHIPPED[HISTORY].read_text())


def test_publishing_twice_keeps_one_version(db, now):
    first = questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
    second = questionnaires.publish_shipped(by=audit.SYSTEM, now=now)
    assert [is_new for _, is_new in first] == [True, True]
    assert [is_new for _, is_new in second] == [False, False]
    assert QuestionnaireVersion.objects.count() == 2
    assert AuditEvent.objects.filter(action="questionnaire.publish").count() == 2


def test_published_document_carries_the_clinics_own_address_and_its_checksum(history):
    history.refresh_from_db()
    assert "example.org" not in json.dumps(history.document)
    assert history.document["url"].startswith("http://clinic.test/fhir/Questionnaire/")
    assert history.checksum == checksum(history.document)


def test_same_version_with_other_content_is_refused(history, now):
    changed = shipped()
    changed["item"][0]["text"] = "About them"
    with pytest.raises(VersionTaken):
        publish(slug=HISTORY, document=changed, by=audit.SYSTEM, now=now)
    history.refresh_from_db()
    assert history.document["item"][0]["text"] == "About you"


def test_new_version_is_asked_from_now_on_and_the_old_one_stays(history, now):
    newer = copy.deepcopy(shipped()) | {"version": "1.2.0"}
    version, is_new = publish(slug=HISTORY, document=newer, by=audit.SYSTEM, now=history.published_at)
    assert is_new and questionnaires.current() == version
    assert spec_of(history).version == "1.1.0"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE intake_questionnaireversion SET checksum = 'x'", "DELETE FROM intake_questionnaireversion"],
)
def test_published_version_is_frozen_by_the_database(history, statement):
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert QuestionnaireVersion.objects.filter(pk=history.pk, checksum=history.checksum).exists()


def test_asking_before_anything_is_published_is_refused(db):
    with pytest.raises(NotPublished):
        questionnaires.current()


def test_command_says_what_it_did(db):
    out = io.StringIO()
    call_command("load_questionnaires", stdout=out)
    call_command("load_questionnaires", stdout=out)
    assert out.getvalue().count("published") == 2
    assert out.getvalue().count("is there") == 2


def test_command_refuses_a_changed_file_under_an_old_number(history, tmp_path, monkeypatch):
    document = shipped() | {"title": "Other"}
    (tmp_path / "changed.json").write_text(json.dumps(document))
    monkeypatch.setattr(questionnaires, "SHIPPED", {HISTORY: tmp_path / "changed.json"})
    with pytest.raises(CommandError, match="new version"):
        call_command("load_questionnaires")
