package layertap.testing

/** Why derivatives may be refused that Keras gives. */
object RefusedGradients {
  private val branch = "Keras chooses a branch as it runs"

  private val loop =
    "Keras goes round a loop as often as a row says, and notes each step as it runs"

  private val inPython = "TensorFlow has the derivative in Python alone"

  /** Of an op that is refused with a reason: words of it, and why Keras needs no such thing. */
  private val withReason = Seq(
    "the number of its steps is not known before a row is read" -> loop,
    "which of its branches runs is not known before a row is read" -> branch,
    "a convolution over three axes needs sizes that are known before a row is read" ->
      "Keras knows the sizes as it runs",
    "it is not the main diagonal of matrices that are known to be square" -> inPython
  )

  /** Decompositions, transforms, special functions and the like. */
  private val inPythonAlone =
    ("BesselI0 BesselI0e BesselI1 BesselI1e Betainc Cholesky ComplexAbs Cumprod " +
      "CumulativeLogsumexp Dawsn Digamma Dilation2D Expint ExtractVolumePatches " +
      "FFT FresnelCos Igamma Igammac " +
      "ImageProjectiveTransformV3 LogMatrixDeterminant MatrixDeterminant " +
      "MatrixInverse MatrixSolve " +
      "MatrixTriangularSolve NthElement Polygamma Qr RFFT " +
      "RGBToHSV SegmentMax SegmentMean SegmentProd SelfAdjointEigV2 " +
      "SparseSoftmaxCrossEntropyWithLogits Spence Svd TensorScatterMax " +
      "UnsortedSegmentProd Zeta").split(' ').toSet

  private val indistinct =
    "cannot compute a gradient with respect to '[^']+': several calls of the" +
      " layer hand on .+, and the graph does not show which of them leads where; .+"

  private val missing = "cannot compute the gradient of .+ with respect to .+: TensorFlow has no" +
    " gradient of (.+), through which it would go; .+"

  private val node = "(\\w+)(?: to [\\w, ]+)? '([^']+)'(?: \\(([^)]+)\\))?".r

  /** Why a refusal is one that must be; none if it is not. All ops that it names must be such. */
  def reason(message: String): Option[String] =
    if (message.matches(indistinct))
      Some("calls of one layer hand on one tensor: Keras knows which of them is meant")
    else
      missing.r.findFirstMatchIn(message).filter(_.matched == message).flatMap { found =>
        val reasons = node
          .findAllMatchIn(found.group(1))
          .map(each => of(each.group(1), Option(each.group(3))))
          .toSeq
        val hasLoop = reasons.contains(Some(loop))
        // The lists of a loop are refused beside it.
        val others = reasons.filterNot(each => hasLoop && each.contains(list))
        Option.when(others.forall(each => each.isDefined && !each.contains(list)))(
          others.flatten.distinct.mkString("; ")
        )
      }

  private val list = "a list of a loop"

  private def of(op: String, reason: Option[String]): Option[String] =
    reason match {
      case Some(words) =>
        withReason.collectFirst { case (known, name) if words.contains(known) => name }
      case None if inPythonAlone(op)                                           => Some(inPython)
      case None if op == "Switch" || op == "Merge"                             => Some(branch)
      case None if op.startsWith("TensorList") || op.startsWith("TensorArray") => Some(list)
      case None                                                                => None
    }
}
