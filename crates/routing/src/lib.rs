//! Number analysis, classification and the emergency plan
