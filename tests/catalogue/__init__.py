"""The catalogue of requirements and the register of open questions."""
