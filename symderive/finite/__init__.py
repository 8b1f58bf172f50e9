"""Floor 2: what can be counted exactly."""

from symderive.finite.average_precision import (
    DEFINITIONS,
    average_precision,
    lost_grid_points,
)
from symderive.finite.averages import (
    averaged_score,
    multilabel_score,
)
from symderive.finite.bound_plot import bound_table, plot_bounds
from symderive.finite.certificates import Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.classification_scores import (
    UndefinedScoreWarning,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    f1,
    f_beta,
    informedness,
    jaccard,
    markedness,
    matthews_correlation,
    negative_predictive_value,
    precision,
    prevalence,
    recall,
    specificity,
)
from symderive.finite.confusion import (
    BinaryCounts,
    ConfusionMatrix,
    binary_counts,
    confusion_matrix,
    multilabel_counts,
)
from symderive.finite.contraction import ABSOLUTE_COUNTEREXAMPLE, Contraction, contraction, contraction_chain
from symderive.finite.curves import (
    PrecisionRecallCurve,
    RankedCounts,
    RocCurve,
    area_under,
    precision_recall_curve,
    ranked_counts,
    roc_auc,
    roc_curve,
)
from symderive.finite.deviations import deviation_probability
from symderive.finite.distance_identities import (
    distance_identities,
    false_distance_claims,
)
from symderive.finite.distances import (
    chebyshev,
    euclidean,
    manhattan,
    minkowski,
    pairwise_distances,
)
from symderive.finite.finite_class import FiniteClass
from symderive.finite.generalization_bounds import GeneralizationBound
from symderive.finite.halfspaces import Halfspaces, cover_count, radon_partition
from symderive.finite.hypothesis_class import Dichotomies, HypothesisClass, VCDimension, sauer_sum
from symderive.finite.line_classes import Intervals, Thresholds, UnionsOfIntervals
from symderive.finite.linear_rademacher import (
    RootSum,
    kernel_rademacher,
    l1_ball_bound,
    l1_ball_rademacher,
    l2_ball_rademacher,
    trace_bound,
)
from symderive.finite.massart import growth_bound, hoeffding_sign_chain, massart_bound, massart_chain
from symderive.finite.mean_average_precision import (
    MeanAveragePrecision,
    mean_average_precision,
)
from symderive.finite.medians import (
    MedianCertificate,
    absolute_deviation,
    certify_median,
    median_interval,
)
from symderive.finite.metric_identities import (
    false_metric_claims,
    metric_identities,
)
from symderive.finite.metric_plots import (
    plot_confusion_matrix,
    plot_precision_recall,
)
from symderive.finite.norms import (
    dual_exponent,
    dual_norm,
    equivalence_constant,
    equivalence_witness,
    hoelder_witness,
    inner_product,
    norm,
)
from symderive.finite.polynomials import Polynomials
from symderive.finite.rademacher import (
    class_rademacher,
    loss_class,
    rademacher_complexity,
    rademacher_estimate,
)
from symderive.finite.rademacher_bounds import RADEMACHER_BOUNDS, RademacherBound
from symderive.finite.random_ranking import (
    enumerated_random_average_precision,
    expected_random_average_precision,
    random_average_precision_derivation,
)
from symderive.finite.rectangles import Rectangles
from symderive.finite.sauer import (
    pascal_identity,
    polynomial_growth_chain,
    polynomial_growth_verdict,
    sauer_chain,
)
from symderive.finite.set_families import check_all_families, shattered_sets
from symderive.finite.signed_root import (
    SignedRoot,
)
from symderive.finite.sine import Sine, decimal_points
from symderive.finite.stumps import Stumps
from symderive.finite.subgradients import (
    BallSet,
    BoxSet,
    FaceSet,
    SegmentSet,
    SubgradientSet,
    subgradients_of_absolute_value,
    subgradients_of_hinge,
    subgradients_of_hinge_loss,
    subgradients_of_l1,
    subgradients_of_l2,
    subgradients_of_linf,
    subgradients_of_manhattan,
)
from symderive.finite.symmetrization import symmetrization
from symderive.finite.vc_bounds import BOUNDS, lecture_form_inversion

__all__ = [
    "ABSOLUTE_COUNTEREXAMPLE",
    "BOUNDS",
    "DEFINITIONS",
    "RADEMACHER_BOUNDS",
    "BallSet",
    "BinaryCounts",
    "BoxSet",
    "Chain",
    "ConfusionMatrix",
    "Contraction",
    "Dichotomies",
    "FaceSet",
    "FiniteClass",
    "GeneralizationBound",
    "Halfspaces",
    "HypothesisClass",
    "Intervals",
    "Link",
    "MeanAveragePrecision",
    "MedianCertificate",
    "Polynomials",
    "PrecisionRecallCurve",
    "RademacherBound",
    "RankedCounts",
    "Realised",
    "Rectangles",
    "RocCurve",
    "RootSum",
    "SegmentSet",
    "SignedRoot",
    "Sine",
    "Stumps",
    "SubgradientSet",
    "Thresholds",
    "UndefinedScoreWarning",
    "UnionsOfIntervals",
    "VCDimension",
    "absolute_deviation",
    "accuracy",
    "area_under",
    "average_precision",
    "averaged_score",
    "balanced_accuracy",
    "binary_counts",
    "bound_table",
    "certify_median",
    "chebyshev",
    "check_all_families",
    "class_rademacher",
    "cohen_kappa",
    "confusion_matrix",
    "contraction",
    "contraction_chain",
    "cover_count",
    "decimal_points",
    "deviation_probability",
    "distance_identities",
    "dual_exponent",
    "dual_norm",
    "enumerated_random_average_precision",
    "equivalence_constant",
    "equivalence_witness",
    "euclidean",
    "expected_random_average_precision",
    "f1",
    "f_beta",
    "false_distance_claims",
    "false_metric_claims",
    "growth_bound",
    "hoeffding_sign_chain",
    "hoelder_witness",
    "informedness",
    "inner_product",
    "jaccard",
    "kernel_rademacher",
    "l1_ball_bound",
    "l1_ball_rademacher",
    "l2_ball_rademacher",
    "lecture_form_inversion",
    "loss_class",
    "lost_grid_points",
    "manhattan",
    "markedness",
    "massart_bound",
    "massart_chain",
    "matthews_correlation",
    "mean_average_precision",
    "median_interval",
    "metric_identities",
    "minkowski",
    "multilabel_counts",
    "multilabel_score",
    "negative_predictive_value",
    "norm",
    "pairwise_distances",
    "pascal_identity",
    "plot_bounds",
    "plot_confusion_matrix",
    "plot_precision_recall",
    "polynomial_growth_chain",
    "polynomial_growth_verdict",
    "precision",
    "precision_recall_curve",
    "prevalence",
    "rademacher_complexity",
    "rademacher_estimate",
    "radon_partition",
    "random_average_precision_derivation",
    "ranked_counts",
    "recall",
    "roc_auc",
    "roc_curve",
    "sauer_chain",
    "sauer_sum",
    "shattered_sets",
    "specificity",
    "subgradients_of_absolute_value",
    "subgradients_of_hinge",
    "subgradients_of_hinge_loss",
    "subgradients_of_l1",
    "subgradients_of_l2",
    "subgradients_of_linf",
    "subgradients_of_manhattan",
    "symmetrization",
    "trace_bound",
]
