package layertap.spark.trial;

import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import layertap.config.JobConfig;
import layertap.extract.ShippedObjects;
import layertap.failure.ModelException;
import layertap.plan.CheckedValues;
import org.tensorflow.proto.DataType;

/**
 * Tries a model in a JVM of its own before this one opens it: some damaged models end the process
 * that runs them, some never end. It costs the start of a JVM and of TensorFlow, two to three
 * seconds, and reading the model once more.
 */
public final class Trial {
  private final JobConfig config;
  private final int threadsPerTask;
  private final String mainClass;

  public Trial(JobConfig config, int threadsPerTask) {
    this(config, threadsPerTask, TrialProcess.class.getName());
  }

  /**
   * A trial by another program.
   *
   * @param mainClass stands in for {@link TrialProcess}
   */
  public Trial(JobConfig config, int threadsPerTask, String mainClass) {
    this.config = config;
    this.threadsPerTask = threadsPerTask;
    this.mainClass = mainClass;
  }

  /** How much is tried. */
  public enum Extent {
    /** The graph is imported and shapes are inferred, as for a plan; no variables are read. */
    SHAPES,
    /** Also the session is opened and runs made-up rows. */
    BATCH
  }

  /**
   * What the other JVM is asked to do.
   *
   * @param properties of this JVM, of which Hadoop's settings are part
   */
  record Request(JobConfig config, int threadsPerTask, Extent extent, Properties properties)
      implements Serializable {}

  /**
   * Tries.
   *
   * @return what executors compare their values with
   * @throws ModelException if the process ends, or does not end in time, or if the self-check fails
   */
  public CheckedValues run(Extent extent) {
    try {
      Path log = Files.createTempFile("layertap-trial", ".log");
      try {
        return run(new Request(config, threadsPerTask, extent, System.getProperties()), log);
      } finally {
        Files.delete(log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot try the model in a JVM of its own; set run.trial-seconds = 0 to go without", e);
    }
  }

  private CheckedValues run(Request request, Path log) throws IOException {
    Process process =
        new ProcessBuilder(command())
            .redirectError(ProcessBuilder.Redirect.to(log.toFile()))
            .start();
    CompletableFuture<byte[]> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return process.getInputStream().readAllBytes();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try (OutputStream stream = process.getOutputStream();
        ObjectOutputStream objects = new ObjectOutputStream(stream)) {
      objects.writeObject(request);
    } catch (IOException e) {
      // The process has ended already; its exit code says more.
    }
    try {
      if (!process.waitFor(config.run().trialSeconds(), TimeUnit.SECONDS)) {
        throw new ModelException(
            "cannot run the model "
                + config.model().path()
                + ": made-up rows took more than "
                + config.run().trialSeconds()
                + " s, perhaps a loop in it has no end; tap a layer before it, or raise"
                + " run.trial-seconds");
      }
      return result(answer.join(), process.exitValue(), log);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the model was tried", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private CheckedValues result(byte[] answer, int exitCode, Path log) throws IOException {
    try {
      Object result = ShippedObjects.read(answer);
      if (result instanceof RuntimeException failure) {
        throw failure;
      }
      if (result instanceof Error failure) {
        throw failure;
      }
      return (CheckedValues) result;
    } catch (EOFException e) {
      List<String> lines =
          Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList();
      String last =
          lines.stream()
              .filter(line -> line.contains("Check failed") || line.startsWith("#  SIG"))
              .findFirst()
              .orElse("exit code " + exitCode);
      throw new ModelException(
          "cannot run the model "
              + config.model().path()
              + ": TensorFlow ends the process that tries it ("
              + last.replaceFirst("^#\\s+", "")
              + "); the model is damaged, export it again, or tap a layer before the damage",
          e);
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m");
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(
        List.of("-XX:+SuppressFatalErrorMessage", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", String.join(System.getProperty("path.separator"), classPath())));
    command.add(mainClass);
    return command;
  }

  /**
   * spark-submit loads a job's jar, and packages such as hadoop-aws, by class loaders of its own.
   */
  private static Set<String> classPath() {
    Set<String> classPath = new LinkedHashSet<>();
    for (Class<?> type : List.of(Trial.class, DataType.class)) {
      classPath.add(path(type.getProtectionDomain().getCodeSource().getLocation()));
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (; loader != null; loader = loader.getParent()) {
      if (loader instanceof URLClassLoader urls) {
        Arrays.stream(urls.getURLs())
            .filter(place -> place.getProtocol().equals("file"))
            .map(Trial::path)
            .forEach(classPath::add);
      }
    }
    classPath.add(System.getProperty("java.class.path"));
    return classPath;
  }

  private static String path(URL place) {
    try {
      return Path.of(place.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a class was loaded from a place that is none", e);
    }
  }
}
