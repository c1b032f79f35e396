"""The owner's work on questionnaires: drafted, compared, published, brought in and given out."""
