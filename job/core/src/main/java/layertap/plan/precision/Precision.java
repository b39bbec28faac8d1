package layertap.plan.precision;

import java.util.Optional;
import java.util.function.Supplier;
import layertap.failure.EnvironmentException;
import layertap.failure.UserException;
import layertap.process.ProcessorFlags;

/** In how many bits the products of weights and values are computed. */
public enum Precision {
  /** As the model has it. */
  FLOAT32("float32"),
  /** Eight significant bits, by instructions of the processor. */
  BFLOAT16("bfloat16"),
  /** The same values, on whatever processor: without such instructions far slower. */
  FORCED_BFLOAT16("bfloat16");

  /**
   * Least cosine between the features of a row in {@link #FLOAT32} and in fewer bits, by the
   * self-check.
   */
  public static final double LEAST_COSINE = 0.9999;

  private final String text;

  Precision(String text) {
    this.text = text;
  }

  /** In words, for manifests and fingerprints: what it is computed on changes no promise. */
  public String text() {
    return text;
  }

  /**
   * Why this process cannot compute in bfloat16 fast; empty if it can.
   *
   * @param isOneDnn whether oneDNN's kernels are on: no others use such instructions
   */
  public static Optional<String> obstacle(boolean isOneDnn) {
    if (!ProcessorFlags.hasBFloat16()) {
      return Optional.of(
          "this processor has none of %s".formatted(String.join(", ", ProcessorFlags.BFLOAT16)));
    }
    return isOneDnn
        ? Optional.empty()
        : Optional.of("oneDNN's kernels are off (TF_ENABLE_ONEDNN_OPTS)");
  }

  /**
   * For the driver.
   *
   * @param obstacle see {@link #obstacle}; asked for only where it matters
   * @throws UserException if this process cannot compute so
   */
  public void requireOnDriver(Supplier<Optional<String>> obstacle) {
    Optional<String> fact = this == BFLOAT16 ? obstacle.get() : Optional.empty();
    if (fact.isPresent()) {
      throw new UserException(
          ("cannot compute in bfloat16: %s; set run.precision = auto, or forced-bfloat16 to do so all"
                  + " the same, far slower")
              .formatted(fact.get()));
    }
  }

  /**
   * For whoever runs a plan that was made elsewhere.
   *
   * @param obstacle see {@link #obstacle}; asked for only where it matters
   * @throws EnvironmentException if this process cannot compute so
   */
  public void requireOnExecutor(Supplier<Optional<String>> obstacle) {
    Optional<String> fact = this == BFLOAT16 ? obstacle.get() : Optional.empty();
    if (fact.isPresent()) {
      throw new EnvironmentException(
          ("cannot compute in bfloat16 on this executor, as the driver's plan wants it: %s; run on"
                  + " hosts of one kind, or set run.precision = float32")
              .formatted(fact.get()));
    }
  }
}
