"""Intervals of shares and of paired differences: published values, symmetry, coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.proportions import fisher, newcombe, paired_difference, wilson
