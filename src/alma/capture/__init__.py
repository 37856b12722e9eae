"""The world as attempts, outcomes and corrections, without a language model: from transcripts and from live events."""
