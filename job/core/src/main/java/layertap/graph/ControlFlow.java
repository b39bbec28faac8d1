package layertap.graph;

import java.util.Set;
import org.tensorflow.proto.NodeDef;

/**
 * Which ops are TensorFlow 1 control flow: frames ({@code Enter}) and branches ({@code Switch}).
 */
public final class ControlFlow {
  private static final Set<String> FRAME_OR_BRANCH =
      Set.of(
          "Enter",
          "RefEnter",
          "Exit",
          "RefExit",
          "NextIteration",
          "RefNextIteration",
          "Switch",
          "RefSwitch",
          "Merge",
          "RefMerge",
          "LoopCond",
          "_SwitchN");

  private ControlFlow() {}

  /** Whether the op places its consumers in a frame or a branch. */
  public static boolean isFrameOrBranch(NodeDef node) {
    return FRAME_OR_BRANCH.contains(node.getOp());
  }

  /** Whether the op closes a loop, the only legal kind of cycle. */
  static boolean closesLoop(NodeDef node) {
    return node.getOp().equals("NextIteration") || node.getOp().equals("RefNextIteration");
  }
}
