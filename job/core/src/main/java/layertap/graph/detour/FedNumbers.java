package layertap.graph.detour;

/** What is known of the numbers that a model is fed. */
public enum FedNumbers {
  /** All are finite, as pixels and whole numbers are. */
  FINITE,

  /** Whoever feeds a batch can see whether all are, as of floats. */
  SEEN,

  /** Nobody knows, as of numbers in texts that the model reads. */
  UNKNOWN;

  /** What is known of both. */
  public FedNumbers and(FedNumbers other) {
    return compareTo(other) < 0 ? other : this;
  }
}
