package layertap.spark.trial;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientTarget;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.ModelTrial;
import layertap.plan.precision.PrecisionComparison;
import layertap.process.DaemonThread;
import layertap.tensorflow.TensorFlowRuntime;

/**
 * Tries a model in a JVM of its own before this one opens it: some damaged models end the process
 * that runs them, some never end. It costs the start of a JVM and of TensorFlow, two to three
 * seconds, most of them while this JVM reads the model.
 */
public final class ChildTrial implements ModelTrial {
  private final TrialMessage.Setup setup;
  private final Process process;
  private final Path log;
  private final ObjectOutputStream questions;
  private final DataInputStream answers;
  private final ExecutorService conversation =
      Executors.newSingleThreadExecutor(work -> DaemonThread.of("layertap-trial", work));
  private long nanosLeft;

  private ChildTrial(TrialMessage.Setup setup, Process process, Path log) throws IOException {
    this.setup = setup;
    this.process = process;
    this.log = log;
    this.questions = new ObjectOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.answers = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    this.nanosLeft = TimeUnit.SECONDS.toNanos(setup.seconds());
  }

  /**
   * Starts the process; the caller closes the trial.
   *
   * @param seconds that all answers together may take
   * @param properties that the process takes over beside {@code spark.hadoop.…} of this JVM
   */
  static ChildTrial start(
      String modelPath, int seconds, int threadsPerTask, Map<String, String> properties) {
    return start(modelPath, seconds, threadsPerTask, properties, TrialProcess.class.getName());
  }

  /**
   * A trial by another program.
   *
   * @param mainClass stands in for {@link TrialProcess}
   */
  static ChildTrial start(String modelPath, int seconds, int threadsPerTask, String mainClass) {
    return start(modelPath, seconds, threadsPerTask, Map.of(), mainClass);
  }

  private static ChildTrial start(
      String modelPath,
      int seconds,
      int threadsPerTask,
      Map<String, String> properties,
      String mainClass) {
    Map<String, String> handedOn = StorageProperties.ofThisJvm();
    handedOn.putAll(properties);
    TrialMessage.Setup setup = new TrialMessage.Setup(modelPath, seconds, threadsPerTask, handedOn);
    try {
      Path log = Files.createTempFile("layertap-trial", ".log");
      ChildTrial trial = new ChildTrial(setup, start(mainClass, log), log);
      trial.conversation.execute(() -> trial.send(trial.setup));
      return trial;
    } catch (IOException e) {
      throw cannotTry(e);
    }
  }

  private static Process start(String mainClass, Path log) throws IOException {
    try {
      return new ProcessBuilder(JavaCommand.of(mainClass))
          .redirectError(ProcessBuilder.Redirect.to(log.toFile()))
          .start();
    } catch (IOException e) {
      Files.delete(log);
      throw e;
    }
  }

  private static UncheckedIOException cannotTry(IOException e) {
    return new UncheckedIOException(
        "cannot try the model in a JVM of its own; set run.trial-seconds = 0 to go without", e);
  }

  @Override
  public List<TapShape> tapShapes(RunnableGraph cut) {
    Future<Object> answer = ask(new TrialMessage.TapShapes(cut));
    // The tasks of a local run, and the manifest, need TensorFlow in this JVM, too.
    TensorFlowRuntime.start(setup.threadsPerTask());
    return ((List<?>) await(answer)).stream().map(TapShape.class::cast).toList();
  }

  @Override
  public DifferentiatedModel differentiated(
      RunnableGraph model,
      List<TensorShape> rows,
      List<GradientTarget> targets,
      List<TensorId> classes) {
    return (DifferentiatedModel)
        await(ask(new TrialMessage.Differentiated(model, rows, targets, classes)));
  }

  @Override
  public CheckedValues check(ExtractionPlan plan, RunnableGraph reference) {
    return (CheckedValues) await(ask(new TrialMessage.Check(plan, reference)));
  }

  @Override
  public List<Integer> deviating(ExtractionPlan other, CheckedValues exact) {
    Future<Object> answer = ask(new TrialMessage.Deviating(other, exact));
    return ((List<?>) await(answer)).stream().map(Integer.class::cast).toList();
  }

  @Override
  public PrecisionComparison compared(
      ExtractionPlan reduced, ExtractionPlan full, CheckedValues exact, boolean isTimed) {
    return (PrecisionComparison)
        await(ask(new TrialMessage.Compared(reduced, full, exact, isTimed)));
  }

  @Override
  public void run(ExtractionPlan plan) {
    await(ask(new TrialMessage.Run(plan)));
  }

  private Future<Object> ask(TrialMessage.Question<?> question) {
    return conversation.submit(
        () -> {
          send(question);
          return Answers.read(answers);
        });
  }

  private void send(TrialMessage message) {
    try {
      questions.writeObject(message);
      questions.reset();
      questions.flush();
    } catch (ObjectStreamException e) {
      throw new IllegalStateException("a plan can be sent", e);
    } catch (IOException e) {
      // The process has ended already; its exit code says more.
      return;
    }
  }

  private Object await(Future<Object> answer) {
    long started = System.nanoTime();
    try {
      Object result = answer.get(Math.max(0, nanosLeft), TimeUnit.NANOSECONDS);
      nanosLeft -= System.nanoTime() - started;
      if (result instanceof RuntimeException failure) {
        throw failure;
      }
      if (result instanceof Error failure) {
        throw failure;
      }
      return result;
    } catch (TimeoutException e) {
      throw new UserException(
          ("cannot run the model %s: synthetic rows took more than %s s, perhaps "
                  + "a loop in it has no end; tap a layer before it, or raise "
                  + "run.trial-seconds")
              .formatted(setup.modelPath(), setup.seconds()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the model was tried", e);
    } catch (ExecutionException e) {
      throw failed(e.getCause());
    }
  }

  private RuntimeException failed(Throwable cause) {
    try {
      if (cause instanceof EOFException ending) {
        return ended(ending);
      }
      if (cause instanceof IOException failure) {
        return cannotTry(failure);
      }
      return cause instanceof RuntimeException failure
          ? failure
          : new IllegalStateException("cannot hear the process that tries the model", cause);
    } catch (IOException e) {
      return cannotTry(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new IllegalStateException("interrupted while the model was tried", e);
    }
  }

  private UserException ended(EOFException ending) throws IOException, InterruptedException {
    int exitCode = process.waitFor();
    // A damaged model's names may be in it, in whatever characters.
    String last =
        Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
            .filter(line -> line.contains("Check failed") || line.startsWith("#  SIG"))
            .findFirst()
            .orElse("exit code " + exitCode);
    return new UserException(
        ("cannot run the model %s: TensorFlow ends the process that tries it (%s); the model is"
                + " damaged, export it again, or tap a layer before the damage")
            .formatted(setup.modelPath(), last.replaceFirst("^#\\s+", "")),
        ending);
  }

  /** Ends the process, whatever it does. */
  @Override
  public void close() {
    process.destroyForcibly();
    conversation.shutdownNow();
    try {
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + log, e);
    }
  }
}
