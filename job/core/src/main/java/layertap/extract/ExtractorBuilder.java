package layertap.extract;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import layertap.failure.UserException;

/**
 * Settings of an {@link Extractor}: a configuration, or its parts in Java, in the words of the
 * configuration. Not thread-safe; can be used for several extractors.
 *
 * <pre>
 *   Extractor extractor =
 *       Extractor.builder()
 *           .model(Path.of("models/mobilenet"))
 *           .feed(Map.of("input", "input_1", "column", "photo", "image", Map.of()))
 *           .feature("out_relu")
 *           .feature(Map.of("layer", "Conv_1", "pool", "avg", "column", "embedding"))
 *           .set("rows.on-invalid", "keep")
 *           .open();
 * </pre>
 */
public final class ExtractorBuilder {
  private static final System.Logger LOGGER = System.getLogger("layertap");

  /** Nanoseconds of it, and a point in time after it, are numbers of 64 bits. */
  private static final Duration MOST_WAIT = Duration.ofDays(36_500);

  private String text = "";
  private String name = "the configuration of the builder";
  private final Map<String, Object> set = new LinkedHashMap<>();
  private final List<Object> feeds = new ArrayList<>();
  private final List<Object> features = new ArrayList<>();
  private Duration longestWait = Duration.ZERO;
  private int concurrentBatches;
  private int threads = 1;
  private boolean isRowAloneDoubled;
  private Consumer<String> warnings = ExtractorBuilder::log;

  ExtractorBuilder() {}

  private static void log(String warning) {
    LOGGER.log(System.Logger.Level.WARNING, warning);
  }

  /**
   * Takes a configuration from a file, as {@code layertap extract} does. {@code input}, {@code
   * output}, {@code rows.max-invalid} and {@code rows.min} are a job's: they are ignored, with one
   * warning.
   *
   * @throws UserException if there is no such file, or it is a directory
   */
  public ExtractorBuilder configuration(Path file) {
    if (Files.isDirectory(requireNonNull(file, "file is null"))) {
      throw new UserException(
          "cannot read the configuration %s: it is a directory; name a file".formatted(file));
    }
    try {
      // What is not UTF-8 is told with its line when the text is parsed.
      this.text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new UserException(
          "cannot read the configuration %s: there is no such file; check the path".formatted(file),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the configuration %s".formatted(file), e);
    }
    this.name = isOfThisMachine(file) ? file.toString() : file.toUri().toString();
    return this;
  }

  /** Takes a configuration from a text of HOCON or JSON; what it includes is found from here. */
  public ExtractorBuilder configuration(String hocon) {
    this.text = requireNonNull(hocon, "hocon is null");
    this.name = "the configuration's text";
    return this;
  }

  /**
   * The directory of the SavedModel.
   *
   * @throws UserException if it is in a file system of Java's own, as in a zip file
   */
  public ExtractorBuilder model(Path directory) {
    if (!isOfThisMachine(requireNonNull(directory, "directory is null"))) {
      throw new UserException(
          "cannot read the model %s: it is not in this machine's own file system; copy it there"
              .formatted(directory.toUri()));
    }
    return set("model.path", directory.toString());
  }

  /** Whether it is of the file system that {@link Path#of} reads a text by. */
  private static boolean isOfThisMachine(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault());
  }

  /**
   * Adds a feed: {@code Map.of("input", "ids", "column", "tokens", "sequence", Map.of())}. The
   * feeds added here replace those of a configuration. A value that is null counts as left out.
   */
  public ExtractorBuilder feed(Map<String, ?> feed) {
    feeds.add(new LinkedHashMap<>(requireNonNull(feed, "feed is null")));
    return this;
  }

  /**
   * Adds a feature by a selector. The features added here replace those of a configuration.
   *
   * @param selector such as {@code conv1} or {@code lstm:hidden}
   */
  public ExtractorBuilder feature(String selector) {
    features.add(requireNonNull(selector, "selector is null"));
    return this;
  }

  /**
   * Adds a feature with options: {@code Map.of("layer", "conv1", "pool", "avg")}. A value that is
   * null counts as left out.
   */
  public ExtractorBuilder feature(Map<String, ?> feature) {
    features.add(new LinkedHashMap<>(requireNonNull(feature, "feature is null")));
    return this;
  }

  /**
   * Sets any key, as {@code --set} does, over that of a configuration.
   *
   * @param key relative to {@code layertap}, such as {@code rows.on-invalid} or {@code
   *     run.batch-size}, the largest number of rows that go through the model together
   * @param value a text, number or truth value, or lists and maps of such
   */
  public ExtractorBuilder set(String key, Object value) {
    set.put(requireNonNull(key, "key is null"), requireNonNull(value, "value is null"));
    return this;
  }

  /**
   * How long a row may wait for rows of other callers, to go through the model with them. Zero,
   * which is the default: a row goes at once if the model is free; those that come while it is not
   * go together. More is for models that compute many rows hardly slower than one: each row then
   * waits until {@code run.batch-size} rows are there, but no longer than this.
   */
  public ExtractorBuilder longestWait(Duration wait) {
    if (requireNonNull(wait, "wait is null").isNegative()) {
      throw new UserException(
          "cannot wait for %s: it is negative; set longestWait to zero or more".formatted(wait));
    }
    if (wait.compareTo(MOST_WAIT) > 0) {
      throw new UserException(
          "cannot wait for %s: it is more than %s; set longestWait to less"
              .formatted(wait, MOST_WAIT));
    }
    this.longestWait = wait;
    return this;
  }

  /**
   * How many batches may run at once, each in the thread of one of the callers. By default as many
   * as this machine has processors for the threads of each.
   */
  public ExtractorBuilder concurrentBatches(int batches) {
    this.concurrentBatches = requirePositive("concurrentBatches", batches);
    return this;
  }

  /**
   * How many threads an op may use, 1 by default. TensorFlow takes it once for all sessions of a
   * process: the first extractor, or job, decides.
   */
  public ExtractorBuilder threads(int count) {
    this.threads = requirePositive("threads", count);
    return this;
  }

  /**
   * Runs a row of {@link Extractor#extract(Map)} beside a copy of itself, as a job runs one that is
   * alone in its batch: with the bits of the job's file, in nearly twice the time. Without it the
   * row runs just so, and kernels may round its last digits otherwise. Lists of rows run as in a
   * job in any case.
   */
  public ExtractorBuilder rowsAloneAsInJobs() {
    this.isRowAloneDoubled = true;
    return this;
  }

  /** Takes warnings, in place of the logger {@code layertap} of {@link System.Logger}. */
  public ExtractorBuilder warnings(Consumer<String> listener) {
    this.warnings = requireNonNull(listener, "listener is null");
    return this;
  }

  private static int requirePositive(String setting, int value) {
    if (value < 1) {
      throw new UserException(
          "cannot set %s to %s: it is no number from 1 on; leave it out for the default"
              .formatted(setting, value));
    }
    return value;
  }

  /**
   * Reads the model, checks it with synthetic rows as {@code run.self-check} says, and opens it.
   *
   * @return what the caller closes
   * @throws layertap.failure.ConfigProblemException with all problems of the configuration
   * @throws UserException if the model cannot do what is asked
   * @throws UncheckedIOException if the storage of the model fails
   * @throws layertap.failure.EnvironmentException if TensorFlow's natives cannot be loaded
   */
  public Extractor open() {
    Map<String, Object> overrides = new LinkedHashMap<>(set);
    if (!feeds.isEmpty()) {
      overrides.put("feeds", List.copyOf(feeds));
    }
    if (!features.isEmpty()) {
      overrides.put("features", List.copyOf(features));
    }
    return ServiceLoader.load(ExtractorOpener.class, ExtractorOpener.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "cannot open an extractor: layertap's jar was repackaged without its"
                        + " META-INF/services; merge these files when packing"))
        .open(
            new ExtractorOpener.Settings(
                text,
                name,
                overrides,
                longestWait,
                concurrentBatches,
                threads,
                isRowAloneDoubled,
                warnings));
  }
}
