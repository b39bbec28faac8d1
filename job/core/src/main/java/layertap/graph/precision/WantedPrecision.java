package layertap.graph.precision;

/** In how many bits products of weights and values are to be computed. */
public enum WantedPrecision {
  /** As the model has it. */
  FLOAT32,
  /** In fewer, where the processor has instructions for them. */
  BFLOAT16,
  /** The same values on any processor, far slower without such instructions. */
  FORCED_BFLOAT16,
  /** As the output was made that is added to, else whatever is faster and close enough. */
  AUTO
}
