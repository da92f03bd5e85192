"""The words of the generated glossary: the same ones for the same seed, on every machine.

Names look like those of a technical glossary, and words occur as unevenly as in real texts (a few
everywhere, most of them rarely: Zipf's law). Nothing is taken from anybody's glossary.
"""

# ruff: noqa: SIM905 (a list with a word a line would be two hundred lines)

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from terms import text

SYLLABLES = (
    "al bar cor den dor el fen gal han ir jor kal lan lor mar mel nar nel or pel quin ral ren sal ser "
    "sol tan tel tor ul val ven vor wen yar zel zin ta ri mo ne ku sha vi lo"
).split()
MODIFIERS = (
    "adaptive adversarial annealed asymmetric asynchronous batched bidirectional bounded cached causal "
    "coarse compressed conditional contrastive convex cyclic deferred dense deterministic differential "
    "directed discrete distributed dynamic elastic exact factored federated fused gated generative global "
    "gradual greedy hard hidden hierarchical hybrid implicit incremental inductive inverse iterative joint "
    "latent layered lazy linear local masked mixed modular nested neural noisy nonlinear optical orthogonal "
    "parallel partial periodic pooled positional predictive probabilistic quantized random rapid recurrent "
    "recursive regularized relative residual robust sampled selective sequential shallow shared soft sparse "
    "spectral static stochastic structured symmetric temporal thermal tied uniform variational weighted"
).split()
NOUNS = (
    "activation adapter alignment allocation annotation approximation attention bandwidth benchmark bias "
    "boundary buffer calibration channel checkpoint cluster code compiler constraint controller convolution "
    "corpus correction curve decoder decomposition deposition detector dictionary distance distillation "
    "distribution embedding encoder ensemble epoch error estimator etching exposure feature filter forest "
    "frontier function gate gradient graph grid head index inference initialization interconnect kernel "
    "label lattice layer learning ledger lithography loss machine mask matching matrix memory metric mixture "
    "model momentum network noise normalization objective operator optimizer oxide packaging parser pipeline "
    "policy pooling precision prior process projection pruning query ranking reduction regression "
    "representation retrieval sampler sampling scaling schedule scheduler search segmentation sensor signal "
    "softmax solver substrate tensor threshold token tokenizer transfer transform tree unit update vector "
    "wafer weight window yield"
).split()
SUBJECTS = (
    "Architecture Attention Benchmarks Chips Compilers Data Deployment Devices Ethics Evaluation "
    "Fairness Generation Graphs Hardware History Inference Information Kernels Language Learning Logic "
    "Mathematics Memory Metrology Networks Optics Optimization Packaging Planning Privacy Reasoning "
    "Retrieval Robotics Safety Search Speech Statistics Training Vision Vocabulary"
).split()
SENTENCES = (
    "A {} is built from a {} and one or more {} that share the same {}.",
    "In practice the {} is kept small, because each {} adds to the {} of the {}.",
    "Where the {} changes faster than the {}, the {} is computed again for every {}.",
    "It differs from a {} in that the {} is known before the {} reaches the {}.",
    "Without a {} the {} drifts, and the {} no longer agrees with the {}.",
    "The {} was first described for a {}, and is used today wherever a {} meets a {}.",
    "Choosing the {} too large hides the {}; choosing it too small costs {} and {}.",
    "Most systems store the {} beside the {}, so that a {} can be read without its {}.",
)
# The words that the sentences, here and in `generate`, are built with.
FRAME_WORDS = frozenset(" ".join(SENTENCES).lower().replace("{}", " ").replace(",", " ").split()) | {
    *("agree", "compare", "describes", "else", "range", "return", "steps", "which")
}


@dataclass(frozen=True)
class Name:
    """A name with the address it gets."""

    text: str
    slug: str


class Wordstock:
    """Names and sentences, one after the other, from one random generator.

    `invented` is about how many words there are beside the real ones.
    """

    def __init__(self, seed: int = 1, invented: int = 4_000) -> None:
        # Reproducible on purpose; nothing here is a secret.
        self.random = random.Random(seed)  # noqa: S311
        self.invented = sorted({self._invented() for _ in range(invented)})
        self.random.shuffle(self.invented)
        self._words = [*NOUNS, *MODIFIERS, *self.invented]
        self.random.shuffle(self._words)
        self._weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(self._words))))

    def names(self) -> Iterator[Name]:
        """Yield names without end, no two with the same address."""
        taken: set[str] = set()
        patterns = {self._one_word: 1, self._two_words: 4, self._three_words: 8, self._four_words: 3}
        while True:
            (pattern,) = self.random.choices(list(patterns), weights=list(patterns.values()))
            name = pattern()
            slug = text.slug_for(name)
            if slug not in taken:
                taken.add(slug)
                yield Name(name, slug)

    def sentence(self) -> str:
        """Return a sentence; its words are drawn by Zipf's law."""
        pattern = self.random.choice(SENTENCES)
        return pattern.format(*self.words(pattern.count("{}")))

    def words(self, count: int) -> list[str]:
        return self.random.choices(self._words, cum_weights=self._weights, k=count)

    def paragraph(self, sentences: int) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def synonym(self) -> str:
        return (
            f"{self.random.choice(self.invented)} {self.random.choice(MODIFIERS)} {self.random.choice(NOUNS)}"
        )

    def _invented(self) -> str:
        return "".join(self.random.choices(SYLLABLES, k=self.random.choice((2, 3, 3))))

    def _one_word(self) -> str:
        return self.random.choice(self.invented).capitalize()

    def _two_words(self) -> str:
        return f"{self.random.choice(MODIFIERS).capitalize()} {self.random.choice(NOUNS)}"

    def _three_words(self) -> str:
        first = self.random.choice(self.invented).capitalize()
        return f"{first} {self.random.choice(MODIFIERS)} {self.random.choice(NOUNS)}"

    def _four_words(self) -> str:
        noun, of = self.random.sample(NOUNS, 2)
        modifier, invented = self.random.choice(MODIFIERS), self.random.choice(self.invented)
        return f"{modifier.capitalize()} {noun} of {invented} {of}"
