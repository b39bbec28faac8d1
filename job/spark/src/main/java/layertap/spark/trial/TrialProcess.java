package layertap.spark.trial;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import layertap.extract.check.LocalTrial;
import layertap.hadoop.HadoopFiles;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.process.DaemonThread;
import layertap.tensorflow.TensorFlowRuntime;

/**
 * The other JVM of a {@link ChildTrial}. It ends with the JVM that started it, whose end closes
 * this one's standard input, and by its own clock if an answer takes too long: natives that loop
 * would go on for ever.
 */
final class TrialProcess {
  /** Beyond the time limit, which the other JVM watches and can explain. */
  private static final int EXTRA_SECONDS = 10;

  private static final int FAILED = 1;
  private static final int OUT_OF_TIME = 3;

  private final TrialMessage.Setup setup;
  private final DataOutputStream answers;
  private final SynchronousQueue<TrialMessage.Question<?>> questions = new SynchronousQueue<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> DaemonThread.of("layertap-trial-clock", work));

  /** Of the model; null until the first question. */
  private ModelFiles files;

  private TrialProcess(TrialMessage.Setup setup, DataOutputStream answers) {
    this.setup = setup;
    this.answers = answers;
  }

  public static void main(String[] arguments)
      throws IOException, ClassNotFoundException, InterruptedException {
    DataOutputStream answers = new DataOutputStream(new BufferedOutputStream(System.out));
    System.setOut(System.err);
    TensorFlowRuntime.haveProcess();
    ObjectInputStream messages = new ObjectInputStream(new BufferedInputStream(System.in));
    TrialMessage.Setup setup = (TrialMessage.Setup) messages.readObject();
    TrialProcess process = new TrialProcess(setup, answers);
    DaemonThread.start("layertap-trial-questions", () -> process.receive(messages));
    process.answerAll();
  }

  /** Reads while natives run, too, so that the end of the other JVM is noticed. */
  private void receive(ObjectInputStream messages) {
    try {
      while (true) {
        questions.put((TrialMessage.Question<?>) messages.readObject());
      }
    } catch (IOException e) {
      // Nobody waits for an answer. What TensorFlow does at its end is of no interest any more.
      Runtime.getRuntime().halt(0);
    } catch (ClassNotFoundException | InterruptedException | Error e) {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  private void answerAll() throws IOException, InterruptedException {
    setup.properties().forEach(System::setProperty);
    startTensorFlow();
    while (true) {
      TrialMessage.Question<?> question = questions.take();
      ScheduledFuture<?> end =
          clock.schedule(
              () -> Runtime.getRuntime().halt(OUT_OF_TIME),
              (long) setup.seconds() + EXTRA_SECONDS,
              TimeUnit.SECONDS);
      Answers.write(answer(question), answers);
      end.cancel(false);
    }
  }

  /** While the other JVM still reads the model. */
  private void startTensorFlow() {
    try {
      TensorFlowRuntime.start(setup.threadsPerTask());
    } catch (RuntimeException | Error e) {
      // The first question starts it again, and its answer says why that fails.
      return;
    }
  }

  /** Listed, and its fingerprint taken, once for all questions. */
  private ModelFiles files() {
    if (files == null) {
      files = Trials.cached(new KeptModelFiles(HadoopFiles.model(setup.modelPath())));
    }
    return files;
  }

  private Object answer(TrialMessage.Question<?> question) {
    try (LocalTrial trial = new LocalTrial(files(), setup.threadsPerTask())) {
      return question.ask(trial);
    } catch (RuntimeException | Error e) {
      return e;
    }
  }
}
