package layertap.graph;

import static layertap.graph.Ops.Trait.ALTERNATIVE_PLACEHOLDER;
import static layertap.graph.Ops.Trait.ASSERTION;
import static layertap.graph.Ops.Trait.ASSIGNMENT;
import static layertap.graph.Ops.Trait.CONSTANT;
import static layertap.graph.Ops.Trait.FRAME;
import static layertap.graph.Ops.Trait.IDENTITY;
import static layertap.graph.Ops.Trait.IDENTITY_OF_ONE;
import static layertap.graph.Ops.Trait.NO_OUTPUT_VALUE;
import static layertap.graph.Ops.Trait.ONLY_READS;
import static layertap.graph.Ops.Trait.PASSES_FIRST;
import static layertap.graph.Ops.Trait.PLACEHOLDER;
import static layertap.graph.Ops.Trait.READS_VARIABLE;
import static layertap.graph.Ops.Trait.REFERENCE;
import static layertap.graph.Ops.Trait.VARIABLE;
import static layertap.graph.Ops.Trait.VARIABLE_HANDLE;
import static layertap.graph.Ops.Trait.WAITS;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.NodeDef;

/**
 * What ops mean to whoever reads a graph: one row for each op that is more than arithmetic. Whether
 * an op may run is in {@code op-policy.txt}, what it takes and gives in {@link OpDefinitions}.
 */
public final class Ops {
  /** What an op can be. */
  enum Trait {
    /** A variable, or the handle of one. */
    VARIABLE,
    VARIABLE_HANDLE,
    READS_VARIABLE,
    CONSTANT,
    /** Must be fed. */
    PLACEHOLDER,
    /** May be fed, or is an older form of a placeholder. */
    ALTERNATIVE_PLACEHOLDER,
    /** Each output is the input of the same position. */
    IDENTITY,
    /** An identity of one value. */
    IDENTITY_OF_ONE,
    /** Its output is one of its inputs, whatever it is, a handle too. */
    PASSES_FIRST,
    /** Waits for others and does nothing itself. */
    WAITS,
    /** Control flow of TensorFlow 1: places its consumers in a frame or a branch. */
    FRAME,
    /** Takes a reference to a variable; its twin without {@code Ref} takes a value. */
    REFERENCE,
    /** Fails for some values and does nothing else. */
    ASSERTION,
    /** Changes a variable by reference, though it is not registered as stateful. */
    ASSIGNMENT,
    /** Registered as stateful, yet only reads, or holds functions that are looked at themselves. */
    ONLY_READS,
    /** Has no output, or one that is no value. */
    NO_OUTPUT_VALUE
  }

  /** How an op runs functions. */
  public enum Calls {
    LOOP,
    BRANCH,
    CALL,
    /** It runs none, as far as its op tells. */
    NOTHING
  }

  private static final Map<String, Set<Trait>> TRAITS = new HashMap<>();
  private static final Map<String, Calls> CALLS =
      Map.of(
          "While", Calls.LOOP,
          "StatelessWhile", Calls.LOOP,
          "If", Calls.BRANCH,
          "StatelessIf", Calls.BRANCH,
          "Case", Calls.BRANCH,
          "StatelessCase", Calls.BRANCH,
          "PartitionedCall", Calls.CALL,
          "StatefulPartitionedCall", Calls.CALL);

  static {
    row("VarHandleOp", VARIABLE, VARIABLE_HANDLE, ONLY_READS, NO_OUTPUT_VALUE);
    row("VariableV2", VARIABLE, ONLY_READS);
    row("Variable", VARIABLE, ONLY_READS);
    row("ReadVariableOp", READS_VARIABLE, ONLY_READS);
    row("ResourceGather", ONLY_READS);
    row("ResourceGatherNd", ONLY_READS);
    row("VariableShape", ONLY_READS);
    row("VarIsInitializedOp", ONLY_READS);
    row("IsVariableInitialized", ONLY_READS);
    row("Assign", ASSIGNMENT);
    row("AssignAdd", ASSIGNMENT);
    row("AssignSub", ASSIGNMENT);

    row("Const", CONSTANT);
    row("Placeholder", PLACEHOLDER, ONLY_READS);
    row("PlaceholderV2", ALTERNATIVE_PLACEHOLDER);
    row("PlaceholderWithDefault", ALTERNATIVE_PLACEHOLDER);

    row("Identity", IDENTITY, IDENTITY_OF_ONE, PASSES_FIRST, WAITS);
    row("IdentityN", IDENTITY, WAITS);
    row("RefIdentity", REFERENCE);
    row("StopGradient", PASSES_FIRST);
    row("NoOp", WAITS, NO_OUTPUT_VALUE);

    row("Assert", ASSERTION, NO_OUTPUT_VALUE);
    row("CheckNumerics", ASSERTION);
    row("CheckNumericsV2", ASSERTION);

    row("Enter", FRAME, PASSES_FIRST);
    row("RefEnter", FRAME, REFERENCE);
    row("Exit", FRAME, PASSES_FIRST);
    row("RefExit", FRAME, REFERENCE);
    row("NextIteration", FRAME, PASSES_FIRST);
    row("RefNextIteration", FRAME, REFERENCE);
    row("Switch", FRAME);
    row("RefSwitch", FRAME, REFERENCE);
    row("_SwitchN", FRAME);
    row("Merge", FRAME, PASSES_FIRST);
    row("RefMerge", FRAME, REFERENCE);
    row("LoopCond", FRAME);

    row("While", ONLY_READS);
    row("If", ONLY_READS);
    row("Case", ONLY_READS);
    row("StatefulPartitionedCall", ONLY_READS);

    row("HashTableV2", ONLY_READS);
    row("MutableHashTableV2", ONLY_READS);
    row("MutableDenseHashTableV2", ONLY_READS);
    row("AnonymousHashTable", ONLY_READS);
    row("LookupTableFindV2", ONLY_READS);
    row("LookupTableSizeV2", ONLY_READS);
    row("LookupTableExportV2", ONLY_READS);
    row("TensorArrayV3", ONLY_READS);
    row("TensorArrayReadV3", ONLY_READS);
    row("TensorArrayWriteV3", ONLY_READS);
    row("TensorArrayGatherV3", ONLY_READS);
    row("TensorArrayScatterV3", ONLY_READS);
    row("TensorArraySizeV3", ONLY_READS);
    row("StackV2", ONLY_READS);
  }

  private Ops() {}

  private static void row(String op, Trait first, Trait... more) {
    if (TRAITS.put(op, EnumSet.of(first, more)) != null) {
      throw new IllegalStateException("%s has two rows".formatted(op));
    }
  }

  private static boolean is(NodeDef node, Trait trait) {
    return TRAITS.getOrDefault(node.getOp(), Set.of()).contains(trait);
  }

  /** The ops with a row. */
  static Set<String> names() {
    return Set.copyOf(TRAITS.keySet());
  }

  /** Whether the node is a variable, or the handle of one. */
  public static boolean isVariable(NodeDef node) {
    return is(node, VARIABLE);
  }

  /** Whether the node is the handle of a variable. */
  public static boolean isVariableHandle(NodeDef node) {
    return is(node, VARIABLE_HANDLE);
  }

  /** Whether the node gives the value of the variable whose handle it takes. */
  public static boolean readsVariable(NodeDef node) {
    return is(node, READS_VARIABLE);
  }

  public static boolean isConstant(NodeDef node) {
    return is(node, CONSTANT);
  }

  /** Whether the node is a placeholder that must be fed. */
  public static boolean isPlaceholder(NodeDef node) {
    return is(node, PLACEHOLDER);
  }

  /** Whether the node is a placeholder of any kind, one with a default too. */
  public static boolean mayBeFed(NodeDef node) {
    return is(node, PLACEHOLDER) || is(node, ALTERNATIVE_PLACEHOLDER);
  }

  /** Whether each output of the node is its input of the same position. */
  public static boolean isIdentity(NodeDef node) {
    return is(node, IDENTITY);
  }

  /** Whether the node has one output, which is its one input. */
  public static boolean isIdentityOfOne(NodeDef node) {
    return is(node, IDENTITY_OF_ONE);
  }

  /** Whether the one output of the node is one of its inputs, a handle too. */
  public static boolean passesFirst(NodeDef node) {
    return is(node, PASSES_FIRST);
  }

  /** Whether the node waits for others, gives on what it takes, and does nothing itself. */
  public static boolean waits(NodeDef node) {
    return is(node, WAITS);
  }

  /** Whether the node is control flow of TensorFlow 1, a frame or a branch for its consumers. */
  public static boolean isFrameOrBranch(NodeDef node) {
    return is(node, FRAME);
  }

  /** Whether the node takes a reference where its twin without {@code Ref} takes a value. */
  public static boolean takesReference(NodeDef node) {
    return is(node, REFERENCE);
  }

  /** Whether the node fails for some values and does nothing else. */
  public static boolean asserts(NodeDef node) {
    return is(node, ASSERTION);
  }

  /** Whether the node changes a variable, though its op is not registered as stateful. */
  static boolean assignsByReference(NodeDef node) {
    return is(node, ASSIGNMENT);
  }

  /** Whether the node changes nothing itself, though its op is registered as stateful. */
  static boolean onlyReads(NodeDef node) {
    return is(node, ONLY_READS);
  }

  /** Whether no output of the node is a value that one could tap. */
  public static boolean hasNoValue(NodeDef node) {
    return is(node, NO_OUTPUT_VALUE);
  }

  /** How the node runs functions. */
  public static Calls calls(NodeDef node) {
    return CALLS.getOrDefault(node.getOp(), Calls.NOTHING);
  }
}
