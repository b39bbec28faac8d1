package layertap.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What later runs need to know of an output, from its manifest.
 *
 * @param run the last one
 * @param plan fingerprint of the plan, the same for all runs
 * @param planRule by which it was computed; null in manifests that are older than rules
 * @param model of the last run
 * @param input of the last run
 * @param versions of the last run; null in a manifest that lacks them
 * @param earlier runs before the last
 */
public record PublishedManifest(
    int format,
    boolean complete,
    String run,
    String created,
    String plan,
    Integer planRule,
    Model model,
    Input input,
    Versions versions,
    RowCounts rows,
    List<String> columns,
    List<String> partitionBy,
    List<WrittenFile> files,
    List<PublishedRun> earlier) {
  /** How a manifest says that the graph was rewritten for speed. */
  public static final String FAST = "fast";

  private static final String BFLOAT16 = "bfloat16";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** What a manifest says of the model that the fingerprint's first rule leaves out. */
  public record Model(List<String> tags) {
    public Model {
      tags = listOf(tags);
    }
  }

  /**
   * What a manifest says of the input that the fingerprint's first rule leaves out.
   *
   * @param timeZone of the session; null in older ones
   */
  public record Input(Map<String, String> select, String timeZone) {
    public Input {
      select = select == null ? Map.of() : Map.copyOf(select);
    }
  }

  /** What a manifest says of what ran; the engine is not in older ones. */
  public record Versions(Engine engine) {}

  /** How the model's graph ran. */
  public record Engine(String graph, String precision) {}

  public PublishedManifest {
    planRule = planRule == null ? FingerprintRule.FIRST : planRule;
    model = model == null ? new Model(List.of()) : model;
    input = input == null ? new Input(Map.of(), null) : input;
    columns = listOf(columns);
    partitionBy = listOf(partitionBy);
    files = listOf(files);
    earlier = listOf(earlier);
  }

  private static <T> List<T> listOf(List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  /** Reads the text of a manifest; empty if it is none of a format that this version knows. */
  public static Optional<PublishedManifest> parse(String text) {
    try {
      PublishedManifest manifest = JSON.readValue(text, PublishedManifest.class);
      return Optional.ofNullable(manifest)
          .filter(read -> read.format == ManifestWriter.FORMAT && read.isWhole());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Whether it has all that later runs go by: somebody may have written another file over it. */
  private boolean isWhole() {
    return plan != null
        && runs().stream()
            .allMatch(
                one ->
                    one.run() != null
                        && one.rows() != null
                        && one.files().stream().allMatch(file -> file.path() != null));
  }

  /** Tags of the model's graph; empty if the manifest does not say. */
  public List<String> tags() {
    return model.tags();
  }

  /** Expressions of columns, as far as they hold no secrets. */
  public Map<String, String> select() {
    return input.select();
  }

  /** In which instants are the names of folders; empty if the manifest does not say. */
  public Optional<String> timeZone() {
    return Optional.ofNullable(input.timeZone());
  }

  /** Whether the last run's graph was rewritten for speed. */
  public boolean isOptimized() {
    return versions != null && versions.engine != null && FAST.equals(versions.engine.graph);
  }

  /** Whether the last run computed in bfloat16. */
  public boolean isBFloat16() {
    return versions != null
        && versions.engine != null
        && BFLOAT16.equals(versions.engine.precision);
  }

  /** All runs whose files are in the output, the last one at the end. */
  public List<PublishedRun> runs() {
    List<PublishedRun> runs = new ArrayList<>(earlier);
    runs.add(new PublishedRun(run, created, rows, files));
    return runs;
  }

  /** Paths of all files of the output, relative to it. */
  public List<String> allFiles() {
    return runs().stream().flatMap(run -> run.files().stream()).map(WrittenFile::path).toList();
  }
}
