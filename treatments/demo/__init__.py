"""The demo clinic: sixty invented people in every state, told through the product's own verbs."""
