"""What a formula computes: kernels, one file a code target, and the accuracy that was measured."""
