/**
 * Compressions on an Apache Spark cluster: Spark decides where tasks are done and does lost ones
 * again; what they are is the pipeline's.
 */
@NullMarked
package io.compot.spark;

import org.jspecify.annotations.NullMarked;
