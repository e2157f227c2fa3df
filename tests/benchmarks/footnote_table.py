"""The page of the footnotes: their table in our own words, and the tables behind its figures."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]

HEAD = """# The paper's footnotes

The 27 footnotes of "Toy Models of Superposition" (Elhage et al. 2022, numbered as in arXiv
2209.10652): what each says in our words, what is computed of it and where, what comes out, and
whether that agrees, or under what condition that the paper does not state.
`python -m tests.benchmarks.footnotes --write` measures the figures and writes this page; a test
compares the page with the data.

![Dedicated features by width, loss by features kept, dictionaries and kurtosis by density,
superposition and loss by L1, starts that learn by neurons](footnotes.png)

| | it says | computed | comes out | |
| --- | --- | --- | --- | --- |
"""


def page(data: Data) -> str:
    """The whole page, from measured figures."""
    rows = [
        f"| {number} | {said} | {where} | {found} | {verdict} |"
        for number, (said, where, found, verdict) in enumerate(footnotes(data), 1)
    ]
    return HEAD + "\n".join(rows) + "\n" + "\n".join(tables(data)) + "\n"


def footnotes(data: Data) -> list[tuple[str, str, str, str]]:
    """(what it says, where it is computed, what comes out, verdict), in order."""
    widening, cut, l1 = data["widening"], data["truncation"], data["l1"]
    cells = sum(len(row) for row in widening["dedicated"])
    equal = sum(
        found == expected
        for row, forms in zip(widening["dedicated"], widening["predicted"], strict=True)
        for found, expected in zip(row, forms, strict=True)
    )
    linear, scales = data["linear"], {entry["scale"]: entry for entry in data["scales"]}
    digons, sparse = data["trained"][0], data["trained"][1]
    square = data["dictionaries"]["atoms"].index(20)
    score = [row[square] for row in data["dictionaries"]["score"]]
    neurons = {entry["neurons"]: entry["share"] for entry in data["neurons"]}
    kept = cut["kept"][-1]
    flat = max(value for row in cut["excess"][4:] for value in row)
    before = max(k for k, count in enumerate(l1["represented"]) if count == 5)
    named = data["amplitudes"]["named"]
    agreeing = sum(a == b for a, b in zip(named["uniform"], named["exponential"], strict=True))
    power_law = widening["superposed_share_of_power_law"]
    single = data["single_kurtosis"]
    return [
        (
            "Importance multiplies the squared error of a feature.",
            "`theory/features.py`; `tests/theory/loss/test_expected_loss.py"
            "::test_loss_and_gradient_scale_with_importance`",
            "loss and gradient are linear in it to 1e-9",
            "agrees",
        ),
        ("Features found in vision models range from curves to people.", "", "", "not computable"),
        (
            "A feature is what some large enough model gives a neuron of its own; with importances "
            "that are not flat every feature should get there, though any model may have many "
            "features in superposition.",
            "`tegum/studies/widening.py`, `theory/dedicated_digon.py`; "
            "`tests/tegum/studies/test_widening.py`",
            f"n = 20, I_i = .7^i: dedicated features as the closed form counts them in {equal} of "
            f"{cells} models; feature i is alone from "
            + ", ".join(
                f"m = i + {first} at {p:g}"
                for p, first in zip(widening["densities"], widening["first_width"][0], strict=True)
            )
            + " on (1 − S). Superposition takes a constant number of dimensions if importances are "
            f"geometric, a constant share ({power_law['1000']:.0%} at 1 − S = .1) if they are 1/i, "
            "all of them if they are equal",
            "agrees; \"a large fraction\" only where importances fall like a power, or slower",
        ),
        ("Definitions deserve doubt (Lakatos).", "", "", "not computable"),
        (
            "The model is an autoencoder of x.",
            "`training/models.py`; `tests/theory/loss/test_expected_loss.py"
            "::test_loss_is_within_four_standard_errors_of_monte_carlo`",
            "the target of every loss is the input, and one W encodes and decodes",
            "agrees",
        ),
        ("The world has more features than models have neurons.", "", "", "not computable"),
        (
            "One should think of infinitely many features whose importance tends to 0.",
            "`tegum/studies/truncation.py`; `tests/tegum/studies/test_truncation.py`",
            f"I_i = .7^i, m = 5: beyond n = {cut['sizes'][4]} the loss moves by at most "
            f"{flat:.0e} of itself and no further feature is longer than .05: "
            + ", ".join(
                f"{count} at {p:g}" for p, count in zip(cut["densities"], kept, strict=True)
            )
            + " (1 − S). A feature of small enough importance has no length at all",
            "agrees: exact at finite n",
        ),
        (
            "Uniform amplitudes are arbitrary; exponential or power laws would do.",
            "`theory/loss/exponential_loss.py`; `tests/theory/loss/test_exponential.py`",
            f"n = 5, m = 2: the same shapes at {agreeing} of "
            f"{len(named['uniform'])} densities. A power law is refused: its variance need not be "
            "finite",
            "agrees for the exponential law",
        ),
        (
            "W should be almost orthonormal in the sense of Candès and Tao.",
            "`geometry/frames.py`; `tests/geometry/test_frames.py"
            "::test_restricted_isometry_is_the_exhaustive_one_once_every_choice_is_tried`",
            "n = 20, m = 6, trained: the restricted isometry constant of two features is "
            f"{digons['isometry']['2']:.2f} at 1 − S = {digons['density']:g} and "
            f"{sparse['isometry']['2']:.2f} at {sparse['density']:g}, where √2 − 1 is asked of 2k",
            "does not hold: antipodal features are dependent, and only x ≥ 0 tells them apart",
        ),
        (
            "With linear outputs and normal features the loss is Saxe's.",
            "`theory/linear.py`; `tests/theory/test_linear.py"
            "::test_with_the_best_bias_the_loss_is_the_papers_of_gaussian_features_times_the_variance`",
            "an identity for normal features; the same times p/3 − p²/4 for the paper's, with the "
            "best bias",
            "agrees",
        ),
        (
            "Interference sums squares, coherence takes the largest: two norms of one vector.",
            "`geometry/frames.py`; `tests/geometry/test_frames.py"
            "::test_large_matrices_are_taken_in_tiles`",
            f"n = 20, m = 6 at 1 − S = {sparse['density']:g}: sum of squares "
            f"{sparse['interference_sum']:.1f}, largest {sparse['interference_max']:.2f}",
            "agrees",
        ),
        (
            "In a linear model superposition is never optimal.",
            "`theory/linear.py`, `tegum/studies/linear.py`; `tests/theory/test_linear.py"
            "::test_optimum_reaches_the_bound_of_eckart_and_young`, "
            "`tests/tegum/studies/test_linear.py`",
            "trained on samples, n = 20, m = 5: within "
            f"{max(linear['excess'][0]):.1e} of the bound, {linear['dedicated'][0][0]} dedicated "
            f"features at every density. With equal importances within "
            f"{max(linear['excess'][1]):.1e} as well, yet at a rotation where every D_i is below "
            f"{max(linear['largest_dimensionality'][1]) + 0.005:.2f}",
            "never better, and no worse where importances are equal",
        ),
        (
            "\"Phase change\" means a discontinuity, not a limit of infinite size.",
            "`theory/phases/candidates.py`; `tests/validation/test_footnotes.py"
            "::test_slope_of_the_least_loss_jumps_at_the_triple_point`",
            "n = 2, m = 1, equal importances: the slope of the least loss jumps from "
            f"{data['kink']['below']:.4f} (8/21) to {data['kink']['above']:.4f} (1/21) at "
            "1 − S = 4/7",
            "agrees",
        ),
        (
            "A common factor on all importances changes no optimum.",
            "`tests/training/test_fit.py::test_common_importance_changes_nothing_but_the_loss`",
            f"exact training: loss over factor equal to "
            f"{max(abs(entry['exact'] - 1) for entry in data['scales']):.0e}. The notebook's loop "
            f"is not invariant: AdamW ends {scales[1.0]['loop'] - 1:.1%}, "
            f"{scales[1e-6]['loop'] - 1:.0%} and {scales[1e-9]['loop'] - 1:.0%} above the optimum "
            "with factors 1, 1e-6 and 1e-9 (its ε and its weight decay have a scale)",
            "agrees for the loss; training may differ",
        ),
        (
            "Neurons may be rescaled: for drawings the largest weight into each is 1.",
            "`geometry/neurons.py`; `tests/geometry/test_neurons.py"
            "::test_rescaled_neurons_compute_the_same_function`",
            "the function is the same to 1e-13",
            "agrees",
        ),
        (
            "The absolute value model learns more easily with more neurons.",
            "`training/hidden.py`; `tests/validation/test_footnotes.py"
            "::test_absolute_values_are_learned_more_easily_with_more_neurons`",
            "three features at 1 − S = .1: "
            + ", ".join(f"{share:.0%}" for share in neurons.values())
            + " of 48 starts end below 1e-4 with "
            + ", ".join(str(n) for n in neurons)
            + " neurons",
            "agrees",
        ),
        (
            "Losses at different sparsities are not comparable: the tasks differ.",
            "`tests/validation/test_footnotes.py"
            "::test_lower_loss_at_a_lower_density_says_nothing_of_the_weights`",
            "the worse solution of the sparse task has a lower loss than the better one of the "
            "dense task",
            "agrees",
        ),
        ("Enumerating features would allow claims about classes of them.", "", "",
         "not computable"),
        (
            "With superposition one cannot find a feature, project it out and go on.",
            "`theory/deflation.py`; `tests/theory/test_deflation.py`",
            "of a digon the partner goes altogether; of a pentagon 9.5 % and 65.5 % of two "
            "neighbours each. Removing one of equal features removes 1/D_i of them: n = 20, m = 6, "
            f"trained: {digons['removed_with_one']:.2f} at {digons['density']:g}, "
            f"{sparse['removed_with_one']:.2f} at {sparse['density']:g}",
            "agrees, and by how much",
        ),
        (
            "Features may be found again as H ≈ A B with A sparse.",
            "`tegum/studies/dictionary_learning.py`; "
            "`tests/tegum/studies/test_dictionary_learning.py`",
            "n = 20, m = 6, as many atoms as features: mean largest cosine "
            + ", ".join(
                f"{value:.4f} at {p:g}"
                for p, value in zip(data["dictionaries"]["densities"], score, strict=True)
            )
            + f"; guessing has {data['dictionaries']['guessed'][square]:.3f}",
            "agrees, at these sizes",
        ),
        (
            "A little L1 should reduce superposition at essentially no cost.",
            "`tegum/studies/l1_margin.py`; `tests/tegum/studies/test_l1_margin.py`",
            "n = 5, m = 2, 1 − S = .1: superposition falls like "
            f"λ^{l1['order_of_superposition']:.2f}, the loss rises like "
            f"λ^{l1['order_of_loss']:.2f}. What falls is the length of the "
            f"features: D_i stays 2/5 and all five are learned up to λ = {l1['l1'][before]:.2g}; "
            f"from {l1['l1'][before + 1]:.2g} on two digons, at "
            f"{l1['loss'][before + 1] / l1['loss'][0] - 1:.0%} more loss; then nothing is learned",
            "agrees at first order; here no strength of L1 leaves features alone",
        ),
        (
            "Kurtosis tells a sparse feature from a sum of several in superposition.",
            "`theory/kurtosis.py`; `tests/theory/test_kurtosis.py`",
            "one feature: "
            + ", ".join(f"{value:.3g} at {float(p):g}" for p, value in single.items())
            + ", k equal ones in one direction 1/k of that. n = 20, m = 6, trained at "
            f"{sparse['density']:g}: {sparse['of_one_feature']:.1f} alone, "
            f"{sparse['of_readouts']:.1f} along its direction, {sparse['of_dimensions']:.1f} along "
            "a hidden dimension",
            "agrees, exactly",
        ),
        (
            "The compressed sensing bound is surprisal times the expected number of active "
            "features.",
            "`theory/sensing/counting.py`; `tests/theory/sensing/test_bounds.py"
            "::test_features_per_dimension_of_the_papers_scaling`",
            "−(1 − S) ln(1 − S) per feature, 4.34 features per dimension at 1 − S = .1 with "
            "constant 1; below the information limit for 1 − S > 1/e",
            "agrees as a scaling",
        ),
        (
            "The transition of compressed sensing is sharp only in the limit of large size.",
            "`theory/sensing/finite_size.py`; `tests/theory/sensing/test_finite_size.py"
            "::test_transition_is_at_the_threshold_and_sharpens_as_the_root_of_the_size`",
            "recovery by x ≥ 0 alone at 1 − S = .1, exactly: from 10 % to 90 % over m/n = "
            + ", ".join(
                f"{row['from']:.3f} to {row['to']:.3f} at n = {row['features']}"
                for row in data["transition"]
            )
            + "; the width is that of a binomial law, like 1/√n",
            "agrees",
        ),
        ("No common term was found for linear representations.", "", "", "not computable"),
        ("A remark on words for neural codes.", "", "", "not computable"),
        ("The binding problem is left aside.", "", "", "not computable"),
    ]  # fmt: skip


def tables(data: Data) -> list[str]:
    """The curves behind the figures, section by section."""
    widening, cut, l1 = data["widening"], data["truncation"], data["l1"]
    dictionaries = data["dictionaries"]
    return [
        *_table(
            "Footnote 3: dedicated features by width (trained / closed form)",
            ["1 − S", *(f"m = {m}" for m in widening["widths"])],
            [
                [
                    f"{p:g}",
                    *(
                        f"{found[k]} / {form[k]}"
                        for found, form in zip(
                            widening["dedicated"], widening["predicted"], strict=True
                        )
                    ),
                ]
                for k, p in enumerate(widening["densities"])
            ],
        ),
        *_table(
            "Footnote 7: loss of infinitely many features, n of them kept, over its least (m = 5)",
            ["1 − S", *(f"n = {n}" for n in cut["sizes"])],
            [
                [f"{p:g}", *(f"{row[k]:.1e}" for row in cut["excess"])]
                for k, p in enumerate(cut["densities"])
            ],
        ),
        *_table(
            "Footnotes 9, 19 and 22: twenty equal features in six dimensions",
            [
                "1 − S", "represented", "isometry constant of 2", "of 3", "of 4",
                "removed with one", "mean 1/D", "kurtosis of one feature", "along its direction",
                "along a dimension",
            ],
            [
                [
                    f"{row['density']:g}",
                    str(row["represented"]),
                    *(f"{row['isometry'][k]:.3f}" for k in "234"),
                    f"{row['removed_with_one']:.3f}",
                    f"{row['reciprocal_dimensionality']:.3f}",
                    f"{row['of_one_feature']:.2f}",
                    f"{row['of_readouts']:.2f}",
                    f"{row['of_dimensions']:.2f}",
                ]
                for row in data["trained"]
            ],
        ),
        *_table(
            "Footnote 20: mean largest cosine of dictionaries (share of features found)",
            ["1 − S", "represented", *(f"{n} atoms" for n in dictionaries["atoms"])],
            [
                [
                    f"{p:g}",
                    str(dictionaries["represented"][k]),
                    *(
                        f"{value:.4f} ({share:.0%})"
                        for value, share in zip(
                            dictionaries["score"][k], dictionaries["found"][k], strict=True
                        )
                    ),
                ]
                for k, p in enumerate(dictionaries["densities"])
            ]
            + [["guessed", "", *(f"{value:.4f}" for value in dictionaries["guessed"])]],
        ),
        *_table(
            "Footnote 21: five equal features in two dimensions under λ ‖h‖₁, 1 − S = .1",
            ["λ", "loss / least", "Σ (W_i · W_j)²", "‖W‖² / m", "represented", "largest D"],
            [
                [
                    f"{l1['l1'][k]:.2g}",
                    f"{l1['loss'][k] / l1['loss'][0]:.7f}",
                    f"{l1['superposition'][k]:.4f}",
                    f"{l1['features_per_dimension'][k]:.4f}",
                    str(l1["represented"][k]),
                    f"{l1['largest_dimensionality'][k]:.3f}",
                ]
                for k in range(0, len(l1["l1"]), 2)
            ],
        ),
        *_table(
            "Section 2: almost orthogonal vectors, |cos| ≤ .5",
            [
                "dimensions", "random vectors, even chance", "at most (linear programme)",
                "√(2 ln(N²/2)/d) over the median", "bounds on the median apart",
            ],
            [
                [
                    str(row["dimension"]),
                    f"{row['random']:.0f}",
                    f"{row['at_most']:.3g}",
                    f"{row['asymptotic']:+.1%}",
                    f"{row['width']:.1%}",
                ]
                for row in data["codes"]
            ],
        ),
    ]  # fmt: skip


def _table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["", f"## {title}", "", *("| " + " | ".join(row) + " |" for row in lines)]
