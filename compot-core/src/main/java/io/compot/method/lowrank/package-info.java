/** Methods of low rank: truncated SVD, ASVD, SVD-LLM and its second version. */
@NullMarked
package io.compot.method.lowrank;

import org.jspecify.annotations.NullMarked;
