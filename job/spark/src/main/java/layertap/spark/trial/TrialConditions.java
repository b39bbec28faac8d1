package layertap.spark.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import layertap.graph.TensorId;
import layertap.process.ProcessorFlags;
import org.tensorflow.proto.DataType;

/**
 * What the outcome of a trial depends on besides model and plan: this program, TensorFlow, the
 * processor, and what the environment tells TensorFlow.
 */
final class TrialConditions {
  private static final List<String> PREFIXES = List.of("TF_", "DNNL_", "ONEDNN_", "OMP_", "LD_");

  private TrialConditions() {}

  /** In words; the same for two processes that would try a model alike. */
  static String ofThisProcess(int threadsPerTask) {
    List<String> all = new ArrayList<>();
    // This module's classes, those of the core module, TensorFlow's.
    for (Class<?> type : List.of(TrialConditions.class, TensorId.class, DataType.class)) {
      all.add(code(type));
    }
    all.add(System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    all.addAll(ProcessorFlags.described());
    Map<String, String> environment = new TreeMap<>(System.getenv());
    environment.keySet().removeIf(name -> PREFIXES.stream().noneMatch(name::startsWith));
    all.add(environment.toString());
    all.add("threads " + threadsPerTask);
    return String.join("\n", all);
  }

  /** Not by its version, which a build under development keeps. */
  private static String code(Class<?> type) {
    try {
      Path place = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.walk(place)) {
        long[] sizeAndTime =
            files
                .map(Path::toFile)
                .map(file -> new long[] {file.length(), file.lastModified()})
                .reduce(
                    new long[] {0, 0},
                    (all, one) -> new long[] {all[0] + one[0], Math.max(all[1], one[1])});
        return "%s %s %s".formatted(place.getFileName(), sizeAndTime[0], sizeAndTime[1]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the place of a class is a URI", e);
    }
  }
}
