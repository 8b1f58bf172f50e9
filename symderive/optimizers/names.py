"""The names of the registry as plain text: families, their titles, other names they go by. No SymPy."""

from __future__ import annotations

__all__ = ["ALIASES", "FAMILIES", "VARIANTS", "canonical", "known_names"]

#: The families in the order of the registry, with their titles.
FAMILIES: dict[str, str] = {
    "gradient-descent": "gradient descent",
    "sign-descent": "sign descent",
    "momentum": "momentum",
    "nesterov": "Nesterov's accelerated gradient",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adam": "Adam",
    "amsgrad": "AMSGrad",
    "nadam": "NAdam",
    "adamw": "AdamW",
    "lion": "Lion",
    "averaging": "averaging of weights",
    "clipping": "gradient clipping",
}

#: The variants of each family, the usual one first.
VARIANTS: dict[str, tuple[str, ...]] = {
    "gradient-descent": ("plain", "l2", "decoupled-decay"),
    "sign-descent": ("plain",),
    "momentum": (
        "rate-inside",
        "rate-outside",
        "l2",
        "moving-average",
        "moving-average-corrected",
        "heavy-ball",
        "dampened",
    ),
    "nesterov": ("look-ahead", "library-rate-outside", "library-rate-inside", "two-sequences"),
    "adagrad": ("epsilon-outside", "epsilon-inside", "epsilon-outside-decayed-rate"),
    "rmsprop": (
        "epsilon-inside",
        "epsilon-outside",
        "centred-epsilon-inside",
        "centred-epsilon-outside",
        "momentum-epsilon-inside",
        "momentum-epsilon-outside",
        "momentum-epsilon-outside-rate-inside",
        "centred-momentum-epsilon-inside",
        "centred-momentum-epsilon-outside",
        "corrected-epsilon-outside",
    ),
    "adadelta": ("paper", "rate"),
    "adam": ("epsilon-outside", "epsilon-hat", "epsilon-inside", "uncorrected", "l2"),
    "amsgrad": ("raw", "corrected-maximum", "uncorrected", "raw-uncorrected-maximum"),
    "nadam": ("constant-momentum", "scheduled-momentum"),
    "adamw": ("decay-with-rate", "decay-without-rate", "decay-with-rate-epsilon-hat"),
    "lion": ("plain", "no-decay"),
    "averaging": ("exponential", "corrected", "uniform"),
    "clipping": ("value", "global-norm", "global-norm-torch"),
}

#: Other names of families and variants.
ALIASES: dict[str, str] = {
    "sgd": "gradient-descent",
    "gd": "gradient-descent",
    "gradientdescent": "gradient-descent",
    "signsgd": "sign-descent",
    "sign-sgd": "sign-descent",
    "signdescent": "sign-descent",
    "polyak": "momentum/heavy-ball",
    "heavy-ball": "momentum/heavy-ball",
    "heavyball": "momentum/heavy-ball",
    "nag": "nesterov",
    "nesterov-momentum": "nesterov",
    "rms-prop": "rmsprop",
    "ada-grad": "adagrad",
    "ada-delta": "adadelta",
    "ema": "averaging/exponential",
    "weight-decay": "gradient-descent/l2",
}


def known_names() -> tuple[str, ...]:
    """Every name that `canonical` knows, families first."""
    variants = [f"{family}/{variant}" for family, names in VARIANTS.items() for variant in names]
    return (*FAMILIES, *variants, *ALIASES)


def canonical(name: str) -> str | None:
    """A family, ``family/variant``, or None for a name that the registry does not have.

    Examples
    --------
    >>> canonical("RMSProp"), canonical("NAG"), canonical("adam/epsilon-hat"), canonical("PROVED")
    ('rmsprop', 'nesterov', 'adam/epsilon-hat', None)
    """
    plain = "-".join(name.strip().lower().replace("_", "-").split())
    plain = ALIASES.get(plain, plain)
    if plain in FAMILIES:
        return plain
    family, _, variant = plain.partition("/")
    family = ALIASES.get(family, family)
    return f"{family}/{variant}" if variant in VARIANTS.get(family, ()) else None
