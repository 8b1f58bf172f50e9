"""Floor 1: why is it true? Named rules, one family a file, each with its reason in English and Korean."""

from symderive.rules.rule import LANGUAGES, Example, Rewrite, Rule
from symderive.rules.scope import Scope
from symderive.rules.table import FAMILIES, RULES, rule

__all__ = ["FAMILIES", "LANGUAGES", "RULES", "Example", "Rewrite", "Rule", "Scope", "rule"]
