package layertap.platform;

/** A command that needs Spark or Hadoop: their versions are looked at before it runs. */
public interface SparkCommand extends Runnable {}
