package layertap.config;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.input.feed.FeedConversion;
import layertap.model.feature.FeatureOptions;
import layertap.model.gradient.GradientOptions;
import layertap.model.select.BatchAxis;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector;

/**
 * A configuration, checked. What {@code reference.conf} says of each key holds here. Immutable.
 *
 * @param feeds values that go into the model
 * @param features what is tapped
 */
public record JobConfig(
    Model model,
    Input input,
    List<Feed> feeds,
    List<Feature> features,
    Rows rows,
    RunSettings run,
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
  public JobConfig with(RunSettings other) {
    return new JobConfig(model, input, feeds, features, rows, other, output);
  }

  /** The same with another fate of invalid rows. */
  public JobConfig with(OnInvalid onInvalid) {
    Rows judged = new Rows(onInvalid, rows.maxInvalid, rows.min, rows.nonFinite);
    return new JobConfig(model, input, feeds, features, judged, run, output);
  }

  /**
   * The model.
   *
   * @param path of the SavedModel's directory
   * @param tags of the MetaGraph; none for one without
   * @param signature whose inputs are fed
   * @param topology path of a file that names the layers; empty for none
   */
  public record Model(String path, List<String> tags, String signature, String topology)
      implements Serializable {
    public Model {
      tags = List.copyOf(tags);
    }
  }

  /**
   * Where rows come from.
   *
   * @param format {@code image-files}, or the name of one of Spark's sources
   * @param paths of files or directories; empty if {@code table} is given
   * @param table instead of paths; empty for none
   * @param schema columns with their types, in SQL; empty for those that the source has
   * @param options of Spark's reader
   * @param select new columns, SQL by name
   * @param where SQL predicate; empty for none
   * @param keep columns that are carried to the output
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
    private static final String IMAGE_FILES = "image-files";

    public Input {
      paths = List.copyOf(paths);
      options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
      select = Collections.unmodifiableMap(new LinkedHashMap<>(select));
      keep = List.copyOf(keep);
    }

    /** Whether the input is image files, each of them a row. */
    public boolean isOfImageFiles() {
      return table.isEmpty() && format.equals(IMAGE_FILES);
    }

    /** A copy of the options that finds names in any case, as Spark does. */
    public Map<String, String> optionsInAnyCase() {
      Map<String, String> found = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      found.putAll(options);
      return found;
    }
  }

  /**
   * A value that goes into the model.
   *
   * @param target the input, or tensor, that takes it
   * @param columns that hold it; several are joined
   * @param conversion from the columns' values to a tensor
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
   * @param form what is done to the tensor, and how it is stored
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
      this(gradient.wrt().get(0), column, form, BatchAxis.DEFAULT, gradient);
    }

    /** Whether it is a derivative. */
    public boolean isGradient() {
      return gradient != null;
    }
  }

  /**
   * What to do with rows that cannot be used, and how many others are written at least.
   *
   * @param maxInvalid the largest fraction of rows, from 0 to 1, that may be invalid
   * @param min how many rows are written at least, or {@link #NO_MIN}
   */
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
   * Where features go.
   *
   * @param path of a directory; empty if {@code table} is given
   * @param table of a catalog; empty if {@code path} is given
   * @param key columns that name a row; none if none does
   * @param partitionBy columns after whose values folders are named
   * @param runId name of the run; empty for a random one
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

    /** Whether keys of rows are compared with those that a directory holds. */
    public boolean comparesKeys() {
      return table.isEmpty() && (mode == Mode.RESUME || (mode == Mode.APPEND && !key.isEmpty()));
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
