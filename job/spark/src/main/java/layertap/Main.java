package layertap;

import layertap.cli.CommandRunner;
import layertap.spark.failure.ProcessEnd;
import layertap.tensorflow.TensorFlowRuntime;

/** Entry of the job's jar and of local mode. */
public final class Main {
  private Main() {}

  /** Runs the command line and ends with its code. */
  public static void main(String[] arguments) throws Exception {
    // spark-submit --jars may bring others who use JavaCPP.
    if (System.getProperty("SPARK_SUBMIT") == null) {
      TensorFlowRuntime.haveProcess();
    }
    ProcessEnd.with(CommandRunner.ofThisProcess().run(arguments));
  }
}
