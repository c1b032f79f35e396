"""Questionnaires as HL7 FHIR R4 and SDC have them: read, asked, judged, answered. Pure: no database."""
