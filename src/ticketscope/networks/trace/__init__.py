"""What a stored network makes of sentences: activations of words, attention maps of heads."""

from ticketscope.networks.families.family import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF, KINDS
from ticketscope.networks.trace.activations import Trace, raw_words, trace
from ticketscope.networks.trace.attention_maps import Attended, SentenceAttention, attended
from ticketscope.networks.trace.trace_file import read_trace, write_trace

__all__ = [
    "DECODER_SELF",
    "ENCODER_DECODER",
    "ENCODER_SELF",
    "KINDS",
    "Attended",
    "SentenceAttention",
    "Trace",
    "attended",
    "raw_words",
    "read_trace",
    "trace",
    "write_trace",
]
