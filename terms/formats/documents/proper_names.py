"""People and places that methods, laws and units are called after, where no other word is written so.

A heading in Title Case, or in small letters throughout, does not say that one of its words is a name;
the text below often does not repeat it.
"""

from __future__ import annotations

_LIST = """
alzheimer archimedes arrhenius avogadro babbage banach baum bayes bernoulli bessel boltzmann boole boyle
byzantine carlo cartesian cauchy celsius chebyshev cholesky chomsky cohen coriolis coulomb cramer crohn
cronbach dijkstra diophantine dirichlet doppler earley einstein erlang euclid euclidean euler fahrenheit
faraday fermat fermi fibonacci fourier frobenius galois gauss gaussian glasgow glorot goodhart hadamard
hamming hawthorne heisenberg helmholtz hermite hessian hilbert hodgkin hoeffding huffman jaccard jacobi
jacobian jensen kahneman kalman karush keynes keynesian kirchhoff kolmogorov kullback lagrange lagrangian
laplace laplacian lebesgue leibler leibniz levenshtein likert lipschitz lorentz lyapunov mahalanobis
mandelbrot markov markovian maxwell mendel mercator merkle minkowski monte nash nesterov neumann newton
newtonian nyquist ockham pareto parkinson pavlov pearson planck poisson pythagoras rademacher raman rayleigh
reynolds riemann rorschach rubik schmidt schrödinger shannon shapley smirnov spearman stirling
tchebycheff tikhonov turing tversky venn viterbi vygotsky wasserstein weibull welch wiener wilcoxon zipf
"""
PROPER_NAMES = frozenset(_LIST.split())
