"""The clinic's own catalogue: what it treats, how, on what evidence, and who changed which words when."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse

from conditions import normal
from conditions import regions as chart
from conditions.grades import Grade, grade
from conditions.measures import Measure, measures
from conditions.sources import Source, cited, sources
from conditions.techniques import Technique
from conditions.techniques import techniques as all_techniques
from conditions.warning_signs import question_groups


class Condition(models.Model):
    """One complaint the clinic treats, with everything the chain of care reads from it."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=80)
    short = models.CharField(max_length=160)
    order = models.PositiveSmallIntegerField(default=0)
    published = models.BooleanField(default=True)

    # What clients call it, and its codes: [{"code": "M54.2", "display": "Cervicalgia"}, …]
    synonyms = models.JSONField(default=list, blank=True)
    icd10cm = models.JSONField(default=list, blank=True)
    icd10_who = models.JSONField(default=list, blank=True)
    snomed_code = models.CharField(max_length=18, blank=True)
    snomed_display = models.CharField(max_length=160, blank=True)
    snomed_status = models.CharField(max_length=160, blank=True)
    coding_hint = models.TextField(blank=True)

    # Words for the public page
    client_what = models.TextField(blank=True)
    client_help = models.TextField(blank=True)
    client_claim = models.TextField(blank=True)
    client_check = models.TextField(blank=True)
    client_studies = models.TextField(blank=True)
    client_before = models.TextField(blank=True)

    # The claims this catalogue began with, kept as claims
    seed_cause = models.TextField(blank=True)
    seed_claim = models.TextField(blank=True)
    clinical_note = models.TextField(blank=True)

    # In the room
    regions = models.JSONField(default=list, blank=True)
    muscles = models.JSONField(default=list, blank=True)
    techniques = models.JSONField(default=list, blank=True)
    positioning = models.JSONField(default=list, blank=True)
    precautions = models.JSONField(default=list, blank=True)
    red_flags = models.JSONField(default=list, blank=True)

    evidence_grade = models.CharField(max_length=120, blank=True)
    evidence_text = models.TextField(blank=True)
    evidence_dose = models.TextField(blank=True)
    evidence_client_text = models.TextField(blank=True)
    evidence_sources = models.JSONField(default=list, blank=True)

    # The usual plan, and others that differ from it in the fields they name
    plan = models.JSONField(default=dict, blank=True)
    plan_variants = models.JSONField(default=list, blank=True)

    self_care = models.JSONField(default=list, blank=True)
    aftercare = models.JSONField(default=list, blank=True)
    aftercare_tip = models.TextField(blank=True)
    outcome_primary = models.CharField(max_length=40, blank=True)
    outcomes_secondary = models.JSONField(default=list, blank=True)
    questionnaire_groups = models.JSONField(default=list, blank=True)

    # Who of the clinic vouches for these words; emptied when the words change
    therapist_signoff = models.CharField(max_length=120, blank=True)
    physician_signoff = models.CharField(max_length=120, blank=True)

    # The shipped document as last loaded: a later load compares against it
    origin = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField(default=1)

    # Search forms, kept by save(): case and accents are gone on both databases alike
    search_words = models.TextField(blank=True, editable=False)
    search_codes = models.TextField(blank=True, editable=False)

    PRIVACY: ClassVar[dict[str, set[str]]] = {
        "contact": set(),
        "clinical": set(),
        "plain": {
            "id", "slug", "name", "short", "order", "published", "synonyms", "icd10cm", "icd10_who", "snomed_code",
            "snomed_display", "snomed_status", "coding_hint", "client_what", "client_help", "client_claim",
            "client_check", "client_studies", "client_before", "seed_cause", "seed_claim", "clinical_note", "regions",
            "muscles", "techniques", "positioning", "precautions", "red_flags", "evidence_grade", "evidence_text",
            "evidence_dose", "evidence_client_text", "evidence_sources", "plan", "plan_variants", "self_care",
            "aftercare", "aftercare_tip", "outcome_primary", "outcomes_secondary", "questionnaire_groups",
            "therapist_signoff", "physician_signoff", "origin", "version", "search_words", "search_codes",
        },
    }  # fmt: skip

    class Meta:
        ordering = ("order", "name")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="condition_has_a_name"),
            models.CheckConstraint(condition=~models.Q(slug=""), name="condition_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.slug

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps the search columns in step with the words they are made of."""
        self.search_words = normal.words_column([self.name, self.short, *self.synonyms])
        self.search_codes = normal.codes_column(row["code"] for row in [*self.icd10cm, *self.icd10_who])
        update_fields = kwargs.get("update_fields")
        if isinstance(update_fields, (list, tuple, set)):
            kwargs["update_fields"] = {*update_fields, "search_words", "search_codes"}
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("conditions:condition_detail", args=[self.slug])

    @property
    def grade(self) -> Grade:
        """How good the evidence is, for drawing and for saying."""
        return grade(self.evidence_grade)

    @property
    def is_draft(self) -> bool:
        """True until a therapist and a physician have both signed these words off."""
        return not (self.therapist_signoff and self.physician_signoff)

    @property
    def also_called(self) -> list[str]:
        """What clients call it, without the names that mean something else (those carry a note)."""
        return [name for name in self.synonyms if "(" not in name]

    @property
    def region_words(self) -> list[str]:
        """The areas worked on, a pair of sides named once."""
        return chart.describe(code for code in self.regions if code in chart.regions())

    @property
    def question_titles(self) -> list[str]:
        """The parts of the health form it adds, by their headings."""
        return [question_groups().get(code, code) for code in self.questionnaire_groups]

    @property
    def technique_rows(self) -> list[Technique]:
        """The techniques, in the order of the catalogue."""
        known = all_techniques()
        return [known[code] for code in self.techniques if code in known]

    @property
    def measure_rows(self) -> list[Measure]:
        """The outcome measures, the primary one first."""
        known = measures()
        return [known[code] for code in (self.outcome_primary, *self.outcomes_secondary) if code in known]

    @property
    def source_rows(self) -> list[Source]:
        """The publications its evidence rests on."""
        return cited(key for key in self.evidence_sources if key in sources())


class Revision(models.Model):
    """One change to a condition: who, when, and each field as it was and as it is now. Never altered."""

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    # [{"field": "short", "was": …, "now": …}, …]
    changes = models.JSONField(encoder=DjangoJSONEncoder)
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    # A name and a public id instead of a key: this app knows nobody of the clinic
    made_by = models.CharField(max_length=150)
    made_by_ref = models.CharField(max_length=40, blank=True)

    PRIVACY: ClassVar[dict[str, set[str]]] = {
        "contact": set(),
        "clinical": set(),
        "plain": {"id", "condition", "version", "changes", "note", "made_at", "made_by", "made_by_ref"},
    }

    class Meta:
        ordering = ("-version",)
        constraints = [
            models.UniqueConstraint(fields=["condition", "version"], name="revision_version_once"),
            models.CheckConstraint(condition=~models.Q(made_by=""), name="revision_has_a_maker"),
        ]

    def __str__(self) -> str:
        return f"{self.condition_id} v{self.version}"
