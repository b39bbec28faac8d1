package layertap.config;

import java.io.Serializable;
import layertap.graph.precision.WantedPrecision;

/**
 * How the model is run.
 *
 * @param batchSize rows that go through the model at once, or {@link #AUTO_BATCH_SIZE}
 * @param batchSeconds how long a batch may take; 0 for ever
 * @param optimize whether the graph may be rewritten for speed
 * @param precision in which the model computes
 * @param selfCheck whether features of synthetic rows are compared with the whole model's first
 * @param trialSeconds how long a trial in a JVM of its own may take; 0 for none
 * @param rememberTrial whether a trial that went well on this machine is not repeated
 * @param modelCacheMegabytes that values of remote models may take on a machine; 0 for none
 * @param progressSeconds between lines of progress; 0 for none
 * @param firstRows how many rows are looked at before the others; 0 for none
 */
public record RunSettings(
    int batchSize,
    int batchSeconds,
    Optimization optimize,
    WantedPrecision precision,
    boolean selfCheck,
    int trialSeconds,
    boolean rememberTrial,
    int modelCacheMegabytes,
    int progressSeconds,
    int firstRows)
    implements Serializable {
  /** As many as turn out to be fastest. */
  public static final int AUTO_BATCH_SIZE = 0;

  /** The same with decisions on what was {@code auto}. */
  public RunSettings with(Optimization optimizing, WantedPrecision inPrecision) {
    return new RunSettings(
        batchSize,
        batchSeconds,
        optimizing,
        inPrecision,
        selfCheck,
        trialSeconds,
        rememberTrial,
        modelCacheMegabytes,
        progressSeconds,
        firstRows);
  }

  /** Whether tasks are to find out how many rows at once are fastest. */
  public boolean isBatchSizeAuto() {
    return batchSize == AUTO_BATCH_SIZE;
  }

  /** Whether a graph may be rewritten for speed. */
  public enum Optimization {
    /** As the output was made that is added to, else {@link #FAST}. */
    AUTO,
    /** Its ops run as the model has them. */
    EXACT,
    /** It may compute the same in other steps, which round otherwise. */
    FAST
  }
}
