package layertap.config;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.precision.WantedPrecision;
import layertap.input.feed.FeedConversion;
import layertap.model.feature.FeatureOptions;
import layertap.model.gradient.GradientOptions;
import layertap.model.select.BatchAxis;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;

/** A configuration, checked. What {@code reference.conf} says of each key holds here. */
public record JobConfig(
    Model model,
    Input input,
    List<Feed> feeds,
    List<Feature> features,
    Rows rows,
    Run run,
    Output output)
    implements Serializable {
  public JobConfig {
    requireNonNull(model, "model is null");
    requireNonNull(input, "input is null");
    feeds = List.copyOf(feeds);
    features = List.copyOf(features);
    requireNonNull(rows, "rows is null");
    requireNonNull(run, "run is null");
    requireNonNull(output, "output is null");
  }

  /** The same, run otherwise. */
  public JobConfig with(Run other) {
    return new JobConfig(model, input, feeds, features, rows, other, output);
  }

  /** The same with another fate of invalid rows. */
  public JobConfig with(OnInvalid onInvalid) {
    Rows judged = new Rows(onInvalid, rows.maxInvalid, rows.min, rows.nonFinite);
    return new JobConfig(model, input, feeds, features, judged, run, output);
  }

  /** The model; {@code topology} is the path of a topology file, empty for none. */
  public record Model(String path, List<String> tags, String signature, String topology)
      implements Serializable {
    public Model {
      tags = List.copyOf(tags);
    }
  }

  /**
   * Where rows come from.
   *
   * @param table instead of paths; empty for none
   * @param schema columns with their types, in SQL; empty for those that the source has
   * @param select new columns, SQL by name
   * @param where SQL predicate; empty for none
   */
  public record Input(
      String format,
      List<String> paths,
      String table,
      String schema,
      Map<String, String> options,
      Map<String, String> select,
      String where,
      List<String> keep)
      implements Serializable {
    public Input {
      paths = List.copyOf(paths);
      options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
      select = Collections.unmodifiableMap(new LinkedHashMap<>(select));
      keep = List.copyOf(keep);
    }
  }

  /**
   * A value that goes into the model.
   *
   * @param columns that hold it; several are joined
   */
  public record Feed(FeedTarget target, List<String> columns, FeedConversion conversion)
      implements Serializable {
    public Feed {
      columns = List.copyOf(columns);
    }
  }

  /**
   * Something to tap.
   *
   * @param selector of a derivative the first of what it is taken with respect to
   * @param column name of its column; empty for the default
   * @param batchAxis which axis of the tensor has a place for each row
   * @param gradient the derivative that is asked for; null for the tensor itself
   */
  public record Feature(
      Selector selector,
      String column,
      FeatureOptions form,
      BatchAxis batchAxis,
      GradientOptions gradient)
      implements Serializable {
    /** A tensor of the model. */
    public Feature(Selector selector, String column, FeatureOptions form, BatchAxis batchAxis) {
      this(selector, column, form, batchAxis, null);
    }

    /** A derivative. */
    public Feature(GradientOptions gradient, String column, FeatureOptions form) {
      this(gradient.wrt().get(0), column, form, BatchAxis.UNSAID, gradient);
    }

    /** Whether it is a derivative. */
    public boolean isGradient() {
      return gradient != null;
    }
  }

  /** What to do with rows that cannot be used, and how many others are written at least. */
  public record Rows(OnInvalid onInvalid, double maxInvalid, int min, NonFinite nonFinite)
      implements Serializable {
    /** As many as there are; but no output that has rows is replaced by one without. */
    public static final int NO_MIN = -1;
  }

  /** What happens to a row with NaN or an infinity in what goes in or comes out. */
  public enum NonFinite {
    /** Nothing. */
    ALLOW,
    /** It is invalid. */
    REFUSE
  }

  /** What happens to an invalid row. */
  public enum OnInvalid {
    /** The job fails and names the row. */
    ERROR,
    /** The row is left out, counted and sampled in the manifest. */
    SKIP,
    /** The row is written with null features and a reason. */
    KEEP
  }

  /**
   * How the model is run.
   *
   * @param batchSize rows that go through the model at once, or {@link #AUTO_BATCH_SIZE}
   * @param batchSeconds how long a batch may take; 0 for ever
   * @param trialSeconds how long a trial in a JVM of its own may take; 0 for none
   * @param rememberTrial whether a trial that went well on this machine is not repeated
   * @param modelCacheMegabytes that values of remote models may take on a machine; 0 for none
   * @param progressSeconds between lines of progress; 0 for none
   */
  public record Run(
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
    public Run with(Optimization optimizing, WantedPrecision inPrecision) {
      return new Run(
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

  /**
   * Where features go.
   *
   * @param path of a directory; empty if {@code table} is given
   * @param runId name of the run; empty for a synthetic one
   * @param chunkRows how many rows {@code resume} publishes at once
   * @param replaceForeign whether {@code overwrite} replaces files that no run wrote
   * @param leaseSeconds after which a run that is not heard of counts as dead
   */
  public record Output(
      String path,
      String table,
      Mode mode,
      boolean replaceForeign,
      List<String> key,
      Compression compression,
      List<String> partitionBy,
      String runId,
      int chunkRows,
      int leaseSeconds)
      implements Serializable {
    public Output {
      key = List.copyOf(key);
      partitionBy = List.copyOf(partitionBy);
    }
  }

  /** What happens to an output that is already there. */
  public enum Mode {
    ERROR,
    OVERWRITE,
    APPEND,
    RESUME
  }

  /** Codec of the files of an output. */
  public enum Compression {
    ZSTD,
    SNAPPY,
    GZIP,
    LZ4,
    NONE
  }
}
