package layertap.graph;

/** What an op does to the world, as {@code op-policy.txt} has it. */
public enum OpClass {
  COMPUTE(""),
  TABLE(""),
  TABLE_INIT(""),
  TABLE_FILE(""),
  STATE("it changes a variable or another resource, so that rows would depend on each other"),
  RANDOM("it gives different values in each run"),
  FILE("it touches files"),
  PROCESS("it acts on the process"),
  NETWORK("it uses the network"),
  PYTHON("it calls Python"),
  DATASET("it is part of an input pipeline"),
  QUEUE("it is part of a queue"),
  SUMMARY("it writes logs of training"),
  DISTRIBUTED("it needs other devices"),
  COMPILER("it needs a compiler that layertap does not have"),
  INTERNAL("TensorFlow makes it itself at run time, a model has none");

  private final String objection;

  OpClass(String objection) {
    this.objection = objection;
  }

  /** Whether a kept part may hold the op. */
  public boolean isAllowed() {
    return objection.isEmpty();
  }

  /** Why not. */
  public String objection() {
    return objection;
  }
}
