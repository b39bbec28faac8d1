package layertap.spark.run;

/**
 * The memory that an executor should be given, in bytes.
 *
 * @param tasks that it runs at once
 * @param heap of Java, {@code spark.executor.memory}
 * @param overhead what TensorFlow and Java take beside the heap, {@code
 *     spark.executor.memoryOverhead}
 */
public record ExecutorMemory(int tasks, long heap, long overhead) {
  /** Settings are rounded up to this. */
  private static final long STEP = 128L << 20;

  /** Spark's own objects, and what it holds back of the heap. */
  private static final long HEAP = 512L << 20;

  /** Of a task: the rows that are read and buffered, and a row group of Parquet being written. */
  private static final long TASK_HEAP = 192L << 20;

  /** Values of a batch are on the heap as tensors, as rows, and as what Parquet has of them. */
  private static final int BATCH_COPIES = 3;

  /** TensorFlow's code and Java's: measured with models of a few kilobytes. */
  private static final long CODE = 640L << 20;

  /** Of a task beside its batch: stacks, codecs and network buffers. */
  private static final long TASK_OVERHEAD = 32L << 20;

  /**
   * Advises.
   *
   * @param tasks at once
   * @param openingBytes of variables while the model is opened
   * @param batchBytes of one batch
   */
  static ExecutorMemory of(int tasks, long openingBytes, long batchBytes) {
    return new ExecutorMemory(
        tasks,
        rounded(HEAP + tasks * (TASK_HEAP + BATCH_COPIES * batchBytes)),
        rounded(CODE + openingBytes + tasks * (TASK_OVERHEAD + batchBytes)));
  }

  /**
   * What a trial in a JVM of its own takes beside its heap, or a driver that tries a model itself.
   */
  static long trialBytes(long openingBytes, long batchBytes) {
    return CODE + openingBytes + batchBytes;
  }

  /**
   * What a driver should have beside its heap, {@code spark.driver.memoryOverhead}: a container
   * counts the trial as the driver's.
   *
   * @param isOwnProcess whether the trial is a JVM of its own, which has a heap, too
   */
  static long driverOverhead(long trialBytes, boolean isOwnProcess) {
    return rounded(trialBytes + (isOwnProcess ? CODE + HEAP : TASK_OVERHEAD));
  }

  /** Tasks that an executor runs at once with the settings that spark-submit was given. */
  static int tasksAtOnce() {
    return Math.max(
        1,
        Integer.getInteger("spark.executor.cores", 1) / Integer.getInteger("spark.task.cpus", 1));
  }

  /** The settings as spark-submit takes them. */
  public String settings() {
    return "spark.executor.memory="
        + (heap >> 20)
        + "m spark.executor.memoryOverhead="
        + (overhead >> 20)
        + "m";
  }

  private static long rounded(long bytes) {
    return (bytes + STEP - 1) / STEP * STEP;
  }
}
