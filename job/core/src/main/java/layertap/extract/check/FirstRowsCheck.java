package layertap.extract.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.extract.batch.RowBatch;
import layertap.extract.check.ChannelMoments.Comparison;
import layertap.failure.BadRowException;
import layertap.failure.RefusedValuesException;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.SessionFactory;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.input.image.PixelMaps;
import layertap.input.value.NamedFiles;
import layertap.input.value.ValueConverter;
import layertap.model.cut.CutTap;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.preprocessing.ChannelMap;
import layertap.model.preprocessing.TrainedStatistics;
import layertap.model.saved.ModelFiles;
import layertap.plan.FirstRowsPlan;
import layertap.report.FirstRows;
import layertap.report.FirstRows.FedRange;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Feeds the first rows of a job and says in which range they are, and whether what enters the first
 * batch normalisations is spread as it was in training. Needs no knowledge of the architecture:
 *
 * <pre>
 *   first rows ─▶ preprocessing ─▶ first layers ─▶ variance ──┐
 *   the model's variables ───────▶ moving variance ───────────┴▶ off by more than ten: warning
 * </pre>
 */
public final class FirstRowsCheck {
  /** Of fewer rows, the spread says nothing. */
  private static final int FEWEST_ROWS = 4;

  /** Values of a channel. */
  private static final int FEWEST_VALUES = 16;

  /** Maps of few rows stay young objects; a first layer is no faster with more. */
  private static final int BATCH = 2;

  private final FirstRowsPlan plan;
  private final SessionFactory sessions;
  private final ModelFiles files;
  private final NamedFiles namedFiles;
  private final TimeLimit limit;

  /**
   * Prepares a check; opens nothing.
   *
   * @param sessions opens them, and can do so already
   * @param files of the model
   * @param namedFiles for rows that name files
   * @param limit of a batch
   */
  public FirstRowsCheck(
      FirstRowsPlan plan,
      SessionFactory sessions,
      ModelFiles files,
      NamedFiles namedFiles,
      TimeLimit limit) {
    this.plan = plan;
    this.sessions = sessions;
    this.files = files;
    this.namedFiles = namedFiles;
    this.limit = limit;
  }

  /**
   * Looks at rows; those that cannot be fed are left out.
   *
   * @param rows for each row the values of the feeds' columns, in the order of the plan
   */
  public FirstRows run(List<Object[]> rows) {
    List<List<HostTensor>> fed = converted(plan.feeds(), rows);
    List<FedRange> ranges = new ArrayList<>();
    for (int i = 0; i < plan.feeds().size(); i++) {
      FedRanges.of(plan.feeds().get(i).target().text(), column(fed, i)).ifPresent(ranges::add);
    }
    boolean isVaried = ranges.stream().anyMatch(range -> range.low() < range.high());
    List<String> warnings =
        plan.hasStatistics() && fed.size() >= FEWEST_ROWS && isVaried ? warnings(fed) : List.of();
    return new FirstRows(fed.size(), ranges, warnings);
  }

  private static List<HostTensor> column(List<List<HostTensor>> rows, int feed) {
    return rows.stream().map(row -> row.get(feed)).toList();
  }

  private List<String> warnings(List<List<HostTensor>> fed) {
    List<String> warnings = new ArrayList<>();
    try (InferenceSession session = sessions.open(plan.graph(), files)) {
      List<ChannelMoments> moments = run(session, fed);
      for (int tap = 0; tap < moments.size(); tap++) {
        if (moments.get(tap).count() < FEWEST_VALUES) {
          continue;
        }
        Comparison found = moments.get(tap).compare();
        if (found.isOff()) {
          Better better = better(session, fed, tap, found);
          warnings.add(
              PreprocessingWarning.text(plan.statistics().get(tap), found, fed.size(), better));
        }
      }
    } catch (RefusedValuesException | TimeLimitException e) {
      // The job itself says which rows they are.
      return List.of();
    }
    return warnings;
  }

  /**
   * Settings with which the spread is that of training.
   *
   * @param feed that they are of
   * @param settings as one writes them
   * @param factor of the variance that is left
   */
  record Better(PlannedFeed feed, String settings, double factor) {}

  /** The best of the known choices; null if none is. */
  private Better better(
      InferenceSession session, List<List<HostTensor>> fed, int tap, Comparison found) {
    Better best = null;
    double distance = found.distance();
    for (int i = 0; i < plan.feeds().size(); i++) {
      PlannedFeed feed = plan.feeds().get(i);
      if (!(feed.conversion() instanceof FeedConversion.Image image)
          || feed.point().dtype() != DataType.DT_FLOAT) {
        continue;
      }
      for (KnownPreprocessing.Choice choice :
          KnownPreprocessing.besides(image.options(), plan.family())) {
        Optional<ChannelMap> map = PixelMaps.between(image.options(), choice.options());
        if (map.isEmpty()) {
          continue;
        }
        Comparison other = run(session, mapped(fed, i, map.get())).get(tap).compare();
        if (!other.isOff() && isNearOne(other.factor()) && other.distance() < distance) {
          best = new Better(feed, choice.settings(), other.factor());
          distance = other.distance();
        }
      }
    }
    return best;
  }

  /** As if the rows were decoded once more: what was done to each pixel is undone. */
  private static List<List<HostTensor>> mapped(
      List<List<HostTensor>> fed, int position, ChannelMap map) {
    List<List<HostTensor>> mapped = new ArrayList<>();
    for (List<HostTensor> row : fed) {
      List<HostTensor> tensors = new ArrayList<>(row);
      HostTensor pixels = row.get(position);
      int channels = Math.toIntExact(pixels.shape()[pixels.shape().length - 1]);
      float[] values = map.appliedTo((float[]) pixels.values(), channels);
      tensors.set(position, HostTensor.of(pixels.shape(), values));
      mapped.add(tensors);
    }
    return mapped;
  }

  private static boolean isNearOne(double factor) {
    return factor > 1 / 4.0 && factor < 4;
  }

  /** The tensors of each row that can be fed. */
  private List<List<HostTensor>> converted(List<PlannedFeed> feeds, List<Object[]> rows) {
    List<ValueConverter> converters = new ArrayList<>();
    try {
      feeds.forEach(feed -> converters.add(feed.open(namedFiles, sessions)));
      List<List<HostTensor>> converted = new ArrayList<>();
      for (Object[] row : rows) {
        try {
          converted.add(converted(feeds, converters, row));
        } catch (BadRowException e) {
          // The job itself says which row it is.
        }
      }
      return converted;
    } finally {
      converters.forEach(ValueConverter::close);
    }
  }

  private static List<HostTensor> converted(
      List<PlannedFeed> feeds, List<ValueConverter> converters, Object[] row) {
    List<HostTensor> tensors = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < feeds.size(); i++) {
      PlannedFeed feed = feeds.get(i);
      int end = next + feed.columns().size();
      Object value = feed.conversion().join(feed.columns(), Arrays.asList(row).subList(next, end));
      tensors.add(converters.get(i).convert(value));
      next = end;
    }
    return tensors;
  }

  /** What enters each normalisation, rows of one shape together. */
  private List<ChannelMoments> run(InferenceSession session, List<List<HostTensor>> rows) {
    Map<List<List<Long>>, List<List<HostTensor>>> byShape = new LinkedHashMap<>();
    for (List<HostTensor> row : rows) {
      List<List<Long>> shapes =
          row.stream().map(tensor -> Arrays.stream(tensor.shape()).boxed().toList()).toList();
      byShape.computeIfAbsent(shapes, key -> new ArrayList<>()).add(row);
    }
    List<ChannelMoments> moments = new ArrayList<>();
    for (TrainedStatistics trained : plan.statistics()) {
      moments.add(new ChannelMoments(trained));
    }
    for (List<List<HostTensor>> group : byShape.values()) {
      int size = plan.fixedBatch() > 0 ? plan.fixedBatch() : BATCH;
      for (int first = 0; first < group.size(); first += size) {
        add(session, group.subList(first, Math.min(first + size, group.size())), moments);
      }
    }
    return moments;
  }

  private void add(
      InferenceSession session, List<List<HostTensor>> rows, List<ChannelMoments> moments) {
    List<List<HostTensor>> batch = RowBatch.filledUp(rows, plan.fixedBatch());
    Map<TensorId, HostTensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < plan.feeds().size(); i++) {
      FeedPlaceholder point = plan.feeds().get(i).point();
      if (plan.graph().feeds().contains(point)) {
        feeds.put(point.placeholder(), RowBatch.stacked(batch, i));
      }
    }
    List<TensorId> fetches = plan.graph().taps().stream().map(CutTap::fetch).toList();
    List<TensorId> distinct = fetches.stream().distinct().toList();
    List<HostTensor> values = session.run(feeds, distinct, limit);
    for (int tap = 0; tap < fetches.size(); tap++) {
      moments.get(tap).add(values.get(distinct.indexOf(fetches.get(tap))), rows.size());
    }
  }
}
